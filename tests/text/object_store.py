"""A small object store that speaks as much of S3's language as reading needs."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "texts"
DATE = "2026-01-01T00:00:00.000Z"


class Store(ThreadingHTTPServer):
    """Serves objects by their keys.

    Args:
        objects: What each key of the bucket holds.
    """

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects = objects

    def url(self, key: str) -> str:
        """Return the URL of a file or folder."""
        place = f"endpoint_override=127.0.0.1:{self.server_port}&scheme=http&region=nowhere"
        return f"s3://somebody:secret@{BUCKET}/{quote(key)}?{place}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Store

    def do_HEAD(self) -> None:
        self._answer(self._object())

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        self._answer(
            _listing(self.server.objects, asked) if "list-type" in asked else self._object()
        )

    def log_message(self, *_: object) -> None:
        pass

    def _object(self) -> bytes | None:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if bucket == BUCKET and not key:
            return b""
        return self.server.objects.get(key) if bucket == BUCKET else None

    def _answer(self, body: bytes | None) -> None:
        status = 404 if body is None else 200
        body = body or b""
        asked = self.headers.get("Range")
        if asked and status == 200:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            part = body[int(first) : int(last) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {asked[6:]}/{len(body)}")
            body = part
        else:
            self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def object_store(objects: Mapping[str, bytes]) -> Iterator[Store]:
    """Yield a store that answers as long as the block runs."""
    with Store(objects) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        yield store
        store.shutdown()


def _listing(objects: Mapping[str, bytes], asked: Mapping[str, list[str]]) -> bytes:
    prefix = asked.get("prefix", [""])[0]
    below = [key for key in sorted(objects) if key.startswith(prefix)]
    folders: list[str] = []
    if "delimiter" in asked:
        rests = {key: key.removeprefix(prefix).partition("/") for key in below}
        folders = sorted({prefix + name + "/" for name, slash, _ in rests.values() if slash})
        below = [key for key in below if not rests[key][1]]
    files = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size>"
        f"<LastModified>{DATE}</LastModified></Contents>"
        for key in below
    )
    found = "".join(
        f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in folders
    )
    count = f"<KeyCount>{len(below) + len(folders)}</KeyCount><IsTruncated>false</IsTruncated>"
    return f"<ListBucketResult>{count}{files}{found}</ListBucketResult>".encode()
