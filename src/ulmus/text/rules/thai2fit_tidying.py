"""What thai2fit takes out of web text: what is left of brackets, and names of hosts.

Its own patterns take time that grows with the square of some texts; these are one pass each,
with the same result.
"""

import re

HOST = "xxurl"
BRACKETS = (("(", ")"), ("{", "}"), ("[", "]"))
ANY_BRACKET = re.compile(r"[(){}\[\]]")
# All but ASCII letters and digits and what is Thai.
NO_LETTERS = re.compile("[^a-zA-Z0-9ก-๙]+")

# Slashes stand between spaces by now, so that of an address with a path only the host is one.
# Possessive, or a long word without a full stop would be walked through anew from each letter.
ADDRESS = re.compile(
    r"(?i)\bhttps?:[a-z0-9%][^\s()<>{}\[\]]+[^\s`!()\[\]{};:'\".,<>?«»“”‘’]"
    r"|[a-z0-9]++(?:[.\-](?!https?:[a-z0-9%])[a-z0-9]++)*+"
)
SEPARATOR = re.compile(r"([.\-])")
GENERIC = "com net org edu gov mil aero asia biz cat coop info int jobs mobi museum name post pro"
# Country codes: a first letter, and the second ones that go with it.
COUNTRIES = """
a:cdefgilmnoqrstuwxz b:abdefghijmnorstvwyz c:acdfghiklmnorsuvxyz d:dejkmoz e:ceghrstu f:ijkmor
g:abdefghilmnpqrstuwy h:kmnrtu i:delmnoqrst j:aemop k:eghimnprwyz l:abcikrstuvy
m:acdeghklmnopqrstuvwxyz n:acefgilopruz o:m p:aefghklmnrstwy q:a r:eosuw s:abcdeghijklmnorstuvxyz
t:cdfghjklmnoprtvwz u:agksyz v:aceginu w:fs y:etu z:amw
"""
TOP_LEVEL = frozenset(
    {*GENERIC.split(), "tel", "travel", "xxx"}
    | {group[0] + second for group in COUNTRIES.split() for second in group[2:]}
)


def tidy_brackets(text: str) -> str:
    """Return the text without brackets that hold no letter, and with none's edges ragged.

    Signs and spaces between an opening bracket and the first letter, and between the last letter
    and a closing one, go too.
    """
    if not ANY_BRACKET.search(text):
        return text
    for opening, closing in BRACKETS:
        text = text.replace(opening + closing, "")
    return NO_LETTERS.sub(_tidied, text)


def replace_hosts(text: str) -> str:
    """Return the text with names of hosts, such as `www.example.com`, written `xxurl`."""
    return ADDRESS.sub(_without_host, text)


def _tidied(match: re.Match[str]) -> str:
    # Each of the reference's nine patterns matches within one run of such characters.
    run = match[0]
    for opening, closing in BRACKETS:
        first, last = run.find(opening), run.rfind(closing)
        if first >= 0 and last - first >= 2:
            run = run[:first] + run[last + 1 :]
    letter_before, letter_behind = match.start() > 0, match.end() < len(match.string)
    for opening, _ in BRACKETS:
        if letter_behind and opening in run:
            run = run[: run.find(opening) + 1]
    for _, closing in BRACKETS:
        if letter_before and closing in run:
            run = run[run.rfind(closing) :]
    return run


def _without_host(match: re.Match[str]) -> str:
    found = match[0]
    if ":" in found:
        return HOST
    if "." not in found:
        return found
    pieces = SEPARATOR.split(found)
    before = match.string[match.start() - 1 : match.start()]
    behind = match.string[match.end() : match.end() + 1]
    # A host begins after a sign but @, and ends with a top-level domain before a sign but @.
    first = 2 if before == "@" or _is_word(before) else 0
    last = len(pieces) - (3 if behind == "@" or _is_word(behind) else 1)
    for index in range(last, first, -2):
        if pieces[index - 1] == "." and pieces[index].lower() in TOP_LEVEL:
            return "".join((*pieces[:first], HOST, *pieces[index + 1 :]))
    return found


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
