"""English as it is written: prose, reviews, contractions, abbreviations and numbers."""

from random import Random

NOUNS = str.split(
    """dog garden theory Monday river colour mother-in-law iPhone film acting plot cow kitchen train
U-turn bus X-ray data réveillon naïveté café Zürich co-operation O'Brien McDonald Mr. DeLong
teacher's sheep geese 3D-printer eBay NASA Ph.D. wi-fi t-shirt letter"""
)
VERBS = str.split(
    """loves saw didn't hadn't would've couldn't've ran ate isn't thinks won't must've re-reads
shouldn't gives knew GOT can't cannot gonna wanna let's y'all ain't 'twas 's'd'll"""
)
ADJECTIVES = str.split(
    """good bad BIG old-fashioned well-known 20-year-old so-called blue state-of-the-art 'quoted'
"double" “curly” ‘single’ (bracketed) [square] {curly} *bold* _under_ ~about~ 2nd U.S. post-1945
pro-/anti- and/or"""
)
ENDS = [
    "",
    ".",
    "!",
    "?",
    "...",
    "…",
    "!!",
    "?!",
    "!!!",
    ".)",
    '."',
    ".”",
    ",",
    ";",
    ":",
    " —",
    "--",
]
CONTRACTIONS = str.split(
    """I'm I’m you're we've they'd she'll he's it's who's can't can’t won't don’t shouldn't've
y'all'd've ma'am o'clock rock'n'roll 'em 'cause ’cause 'tis 'Twas d'you let's Let’s that'll
thats dont cant wont youre goin' goin nothin' lovin’ havin' ol' o’ c'mon y’all ain't mustn't
needn't daren't mightn’t I'd've wouldn’t’ve how're why'd where'd what've it'd not've gonna gotta
lemme gimme dunno cannot CAN'T WON'T I'M It's IT'S Who'd NOT'VE Ma'am"""
)
ABBREVIATIONS = str.split(
    """U.S. U.K. U.S.A. e.g. E.g. i.e. I.e. a.m. p.m. A.M. P.M. 8a.m. 8pm 10 p.m. 12:30pm etc.
Mr. Mrs. Ms. Dr. Prof. St. Mt. Jr. Sr. Ph.D. M.D. B.A. vs. v.s. no. No. approx. dept. est. Inc.
Corp. Co. Ltd. Jan. Feb. Aug. Sept. Calif. Mass. Kan. Pa. N.Y. D.C. L.A. J. R. R. Smith Gen. Gov.
Sen. Rep. Rev. Adm. Bros. Messrs. Ave. Blvd. Va. Wis. Ala. Ariz. w/o w/ b/c a/c c/o Ph.D.s Mr.Smith
end.Start end.start fig.1 p.12 pp. vol.II ca. et al. cf. viz. R.I.P. R&D AT&T x.y x.Y X.y a.b.c.
A.B.C Yahoo! Toys'R'Us"""
)
NUMBERS = str.split(
    """1 12 3.14 1,000 1,000,000.50 -5 +3 1e10 1E-5 0x1F 50% 50 % 3/4 ½ 1½ 10:30 23:59:59
2024-02-29 29/02/2024 2.3.2024 $5 $5.00 $1,299.99 US$20 20$ €10 10€ £3.50 ¥1000 ₹99 5kg 5 kg 3km
10cm 72dpi 100Mbit/s 30°C 98.6°F 5' 6" 6'2" 1st 2nd 3rd 4th 21st 90s 1990's '90s #1 No.1 §3 (1) 1)
a) [12] 1.2.3.4 v2.0.1 2x 2x4 1080p 4K 24/7 9-5 9–5 1-800-555-0199 +44 20 7946 0018 3rd/4th 10^6
m² km/h 1/2 ~100 ±5 <5 >=10 ==3 0.5.1 .5 5. $.99 100k 3m 5B 1,5 1.000,50 0000 10000 111 1111111 IV
XII iii"""
)
SHOUTS = str.split(
    """this film was great GREAT soooo sooooo good worst EVER!!! !!!! meh lol LOL haha hahahaha
I i a A very very very 10/10 *sigh* -- WOW omg OMG!!1! nooooo yesss ok OK 5stars"""
)
FACES = str.split(
    """:) :-) :D :-D ;) :( :'( :P xD XD <3 </3 ^_^ -_- o_O O.o (: =) :/ :-/ :| :3 8) T_T >:( \\o/
¯\\_(ツ)_/¯ (╯°□°）╯︵┻━┻ ಠ_ಠ (-: (^_^) :-)) :)) ;-D :] [: V_V 0_0 (;_;) @_@ v.v"""
)


def prose(chance: Random) -> str:
    """Sentences out of templates, with all kinds of marks."""
    return chance.choice([" ", "  ", "\n", " ", " "]).join(
        _sentence(chance) for _ in range(chance.randint(1, 3))
    )


def review(chance: Random) -> str:
    """Shouting, faces, stretched letters."""
    words = chance.choices(SHOUTS, k=chance.randint(2, 14))
    return " ".join([*words, *chance.choices(FACES, k=chance.randint(0, 3))]) + chance.choice(ENDS)


def contractions(chance: Random) -> str:
    """Contractions in a row, glued to marks at times."""
    return _row(chance, CONTRACTIONS)


def abbreviations(chance: Random) -> str:
    """Abbreviations in a row, glued to marks at times."""
    return _row(chance, ABBREVIATIONS)


def numbers(chance: Random) -> str:
    """Figures, prices, dates and measures in a row."""
    return _row(chance, NUMBERS)


def faces(chance: Random) -> str:
    """Faces between words or glued to them."""
    return _row(chance, FACES + NOUNS[:6])


def _sentence(chance: Random) -> str:
    noun = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"
    other = f"{chance.choice(['a', 'an', 'the', 'The', 'my', 'THE', ''])} {chance.choice(NOUNS)}"
    sentence = chance.choice(
        [
            f"The {noun} {chance.choice(VERBS)} {other}",
            f'"{noun.title()} {chance.choice(VERBS)} it," said {other}',
            f"{chance.choice(VERBS)} {noun}, {other} and {chance.choice(NOUNS)}",
            f"I {chance.choice(VERBS)} {other} ({noun}) -- {chance.choice(ADJECTIVES)}",
            f"{noun.upper()} {chance.choice(VERBS)} {other}",
            f"{other}'s {noun} {chance.choice(VERBS)}—{chance.choice(NOUNS)}s' {noun}",
        ]
    )
    return sentence + chance.choice(ENDS)


def _row(chance: Random, words: list[str]) -> str:
    row = []
    for word in chance.choices(words, k=chance.randint(1, 9)):
        before = chance.choice(["", "", "", "", "(", '"', "'", "-", "$", "#", "“"])
        behind = chance.choice(["", "", "", "", ".", ",", ")", '"', "!", "'s", "-", "/", "…", "?"])
        row.append(before + word + behind)
    return chance.choice([" ", " ", "", "  ", ", "]).join(row)


KINDS = (prose, review, contractions, abbreviations, numbers, faces)
