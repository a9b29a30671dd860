"""What programs write and read: HTML, code, addresses, and left-overs of broken conversions."""

from random import Random

TAGS = [
    "p",
    "b",
    "i",
    "div",
    "a href='http://a.b/c?d=1&e=2'",
    'img src="x.png" /',
    "br",
    "h1",
    "li",
]
ENTITIES = str.split(
    """&amp; &lt; &gt; &quot; &#39; &#x41; &nbsp; &eacute; &hellip; &#8217; &copy &copy; &AMP
&notit; &amp;amp; &#0; &#1114112; &#xD800; &#128; &unknown; &; &# &#; &lt;b&gt; &NotEqualTilde;
&ampere &sup2"""
)
LEFT_OVERS = [
    *("#39;", "amp;", "#146;", "nbsp;", "#36;", "\\n", "quot;", "<br />", '\\"', "<unk>", " @.@ "),
    *(
        " @-@ ",
        " @,@ ",
        "...",
        "....",
        "......",
        "<br/>",
        "<br>",
        "<br",
        " />",
        "\\",
        "n",
        '"',
        "&",
    ),
    *("#", ";", "@", " ", "a", "B", "amp", "qu", "ot;", "nb", "sp;", "<un", "k>", "lamp;post", "3"),
    *("&amp;quot;", "&amp;#39;", "&nbsp;", "\\\\n", "\\r\\n", "@-@", "@.@", " @-@ @-@ ", "&#39;"),
]
CODE = [
    "def f(x: int) -> int:\n    return x**2 + 1  # comment\n",
    "for (int i = 0; i < n; ++i) { a[i] += b[i]; }\n",
    'if __name__ == "__main__":\n\tmain()\n',
    '{"key": [1, 2.5e-3, null, true], "k2": {"a/b": "c\\nd"}}',
    "SELECT * FROM t WHERE id=3 AND name <> 'O''Brien';",
    "sudo rm -rf ./build && make -j4 2>&1 | tee log.txt",
    r"^(?:\d{3})-[A-Z]\w+\s*$ \\frac{a}{b} \alpha_{i}^{2}",
    "<?php echo $x->y['z']; ?> <!-- TODO: FIX ME -->",
    "let v = vec![1u8; 3].iter().map(|x| x << 1).collect::<Vec<_>>();",
    "# Title\n\n* item\n* **bold** `code`\n\n```py\nx = 1\n```\n| a | b |\n|---|---|\n",
    '#include <stdio.h>\nint main(void){printf("%d\\n",1);return 0;}',
    "a=b==c!=d===e;x?.y??z;i++;--j;k**=2;l//=3;m>>>=4;@decorator",
    "diff --git a/x b/x\n@@ -1,2 +1,2 @@\n-old\n+new\n",
    "    at java.lang.Thread.run(Thread.java:748)\nCaused by: NullPointerException",
    "C:\\Users\\Me\\My Documents\\file.txt /usr/local/bin/python3.11 ~/.bashrc ../../x.tar.gz",
]
ADDRESSES = [
    *(
        "http://a.b/c",
        "https://www.example.com/path/to/page.html?x=1&y=two#frag",
        "www.example.org",
    ),
    *("example.com", "example.co.uk/a", "ftp://ftp.x.net/", "mailto:me@x.org", "me@example.com"),
    *(
        "first.last+tag@sub.example.co",
        "@handle",
        "#hashtag",
        "#Hash_Tag2",
        "192.168.0.1:8080",
        "::1",
    ),
    *(
        "http://localhost:8000/",
        "//cdn.x/y.js",
        "https://en.wikipedia.org/wiki/Elm_(tree)",
        "a.b.c",
    ),
    *(
        "file:///etc/hosts",
        "http://例え.jp/パス",
        "https://x.y/%E4%BD%A0?q=%20",
        "foo@bar",
        "a@b.c.",
    ),
    *("git@github.com:a/b.git", "doi:10.1000/182", "urn:isbn:0451450523", "README.md", "setup.py,"),
    *("node.js", "ASP.NET", "C++", "C#", "F#", ".NET", "x86_64", "utf-8", "HTTP/1.1", "TCP/IP"),
]


def html_page(chance: Random) -> str:
    """Tags, entities and words."""
    parts = []
    for _ in range(chance.randint(1, 6)):
        tag = chance.choice(TAGS)
        words = " ".join(chance.choices(["One", "two", "THREE", "x", *ENTITIES], k=3))
        parts.append(f"<{tag}>{words}</{tag.split()[0]}>" if chance.random() < 0.8 else words)
    return chance.choice(["", "\n", " ", "<br />", "<br /><br />", "\r\n"]).join(parts)


def entities(chance: Random) -> str:
    """Entities alone, whole and broken."""
    return chance.choice(["", " "]).join(chance.choices(ENTITIES, k=chance.randint(1, 12)))


def left_overs(chance: Random) -> str:
    """What `fix_html` looks for, whole and in halves that may meet."""
    return "".join(chance.choices(LEFT_OVERS, k=chance.randint(1, 16)))


def code(chance: Random) -> str:
    """Stretches of code of several languages."""
    text = chance.choice(["", "\n", " ", "\r\n"]).join(chance.choices(CODE, k=2))
    start = chance.randrange(40)
    return text[start : start + chance.randint(10, 160)]


def addresses(chance: Random) -> str:
    """Addresses between words, in brackets, and glued together."""
    parts = []
    for address in chance.choices(ADDRESSES, k=chance.randint(1, 5)):
        form = chance.choice(["{}", "{}", "({})", "<{}>", "See {}.", "{},", '"{}"', "{}/", "{}'s"])
        parts.append(form.format(address))
    return chance.choice([" ", " ", "\n", "", " | "]).join(parts)


def tables(chance: Random) -> str:
    """Rows of a table with tabs, commas or bars."""
    cells = ["", "1", "-", "N/A", "NULL", "Name", "a b", '"x, y"', "3.5", "TRUE", "é", "ก"]
    separator = chance.choice(["\t", ",", ";", " | ", "\t\t"])
    rows = [separator.join(chance.choices(cells, k=4)) for _ in range(chance.randint(1, 4))]
    return chance.choice(["\n", "\r\n", "\r"]).join(rows)


KINDS = (html_page, entities, left_overs, code, addresses, tables)
