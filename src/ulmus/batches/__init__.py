"""Token ids as batches of tensors: streams for language models, documents for classifiers."""

from ulmus.batches.contiguous import ContiguousBatches, StreamBatch
from ulmus.batches.documents import Documents, EncodedDocuments
from ulmus.batches.length_buckets import DocumentBatch, LengthBuckets
from ulmus.batches.position import BatchPosition

__all__ = [
    "BatchPosition",
    "ContiguousBatches",
    "DocumentBatch",
    "Documents",
    "EncodedDocuments",
    "LengthBuckets",
    "StreamBatch",
]
