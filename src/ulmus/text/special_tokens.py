"""The nine tokens that mean something other than themselves, and the filler of short vocabularies.

Their order is their id: every vocabulary begins with these nine, so that ids 0 to 8 mean the
same in each saved model.
"""

UNKNOWN = "xxunk"
PADDING = "xxpad"
BEGINNING = "xxbos"
END = "xxeos"
FIELD = "xxfld"
REPEAT = "xxrep"
WORD_REPEAT = "xxwrep"
UPPER = "xxup"
CAPITAL = "xxmaj"

SPECIAL_TOKENS: tuple[str, ...] = (
    UNKNOWN,
    PADDING,
    BEGINNING,
    END,
    FIELD,
    REPEAT,
    WORD_REPEAT,
    UPPER,
    CAPITAL,
)

UNKNOWN_ID = 0
PADDING_ID = 1
BEGINNING_ID = 2
END_ID = 3
FIELD_ID = 4
REPEAT_ID = 5
WORD_REPEAT_ID = 6
UPPER_ID = 7
CAPITAL_ID = 8

# Appended until the size of a vocabulary is a multiple of eight; stands for nothing.
FILLER = "xxfake"
