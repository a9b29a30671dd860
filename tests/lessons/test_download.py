"""A book that is not on the machine comes from its address, once, and only as it should be."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ulmus.errors import SourceError
from ulmus.lessons.wells import Book, read_book

TEXT = b"The Time Traveller, for so it will be convenient to speak of him\n"


class Server(HTTPServer):
    """Answers as its list of answers says, one after the other; the last one for good."""

    answers: list[tuple[int, bytes]]
    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        code, text = self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]
        self.server.asked += 1
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("ULMUS_DATA", raising=False)
    monkeypatch.setenv("ULMUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # between one try and the next
    made = Server(("127.0.0.1", 0), Handler)
    made.answers = [(200, TEXT)]
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def book(server: Server) -> Book:
    address = f"http://127.0.0.1:{server.server_port}/book.txt"
    return Book("A Book", ("book.txt",), address, hashlib.sha256(TEXT).hexdigest())


def test_it_is_downloaded_once(server: Server, tmp_path: Path) -> None:
    assert read_book(book(server)) == TEXT.decode()
    assert read_book(book(server)) == TEXT.decode()
    assert server.asked == 1
    assert (tmp_path / "cache" / "book.txt").read_bytes() == TEXT


def test_a_copy_that_was_changed_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "book.txt").write_text("something else", "utf-8")
    assert read_book(book(server)) == TEXT.decode()


def test_it_is_tried_again(server: Server) -> None:
    server.answers = [(503, b""), (200, TEXT[:10]), (200, TEXT)]
    assert read_book(book(server)) == TEXT.decode()
    assert server.asked == 3


def test_another_text_is_not_taken(server: Server, tmp_path: Path) -> None:
    server.answers = [(200, b"another text")]
    wanted = r"A Book is not on this machine, nor to be had from http.*book.txt \(what came has "
    with pytest.raises(SourceError, match=wanted + r"another checksum\); accepted: --text PATH"):
        read_book(book(server))
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_network_the_lesson_offers_a_way(server: Server) -> None:
    nowhere = book(server)._replace(address="http://127.0.0.1:1/book.txt")
    wanted = r"book.txt \(ConnectionError\); accepted: --text PATH, or book.txt in the folder wells"
    with pytest.raises(SourceError, match=wanted):
        read_book(nowhere)
