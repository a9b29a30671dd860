"""Strings to ids and back: rules, tokenizers, vocabulary, and the processor that holds them."""

from ulmus.text.processor import TextProcessor
from ulmus.text.rules import RuleSet, rule_set
from ulmus.text.splitter import TextSplitter, build_splitter
from ulmus.text.tokenizers import Tokenizer, build_tokenizer
from ulmus.text.vocabulary import Vocabulary

__all__ = [
    "RuleSet",
    "TextProcessor",
    "TextSplitter",
    "Tokenizer",
    "Vocabulary",
    "build_splitter",
    "build_tokenizer",
    "rule_set",
]
