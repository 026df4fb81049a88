"""What adding a model of the hub would fetch, asked of a hub on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gzviewer.core.errors import ModelError
from gzviewer.io.hub_offer import offer_of

COMMIT = "c" * 40
FILES = [
    {"rfilename": "config.json", "size": 659, "blobId": "b" * 40},
    {
        "rfilename": "pytorch_model.bin",
        "size": 9,
        "blobId": "d" * 40,
        "lfs": {"sha256": "a" * 64, "size": 59_900_000},
    },
    {"rfilename": "notes.txt", "size": 5, "blobId": "e" * 40},
]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub that lists the files it was given; returns the paths that were asked for."""
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            siblings = FILES[-1:] if "empty" in self.path else FILES
            body = json.dumps(
                {"sha": COMMIT, "siblings": siblings, "cardData": {"license": "apache-2.0"}}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_size_digest_and_licence_are_told_and_no_weights_are_fetched(hub):
    offer = offer_of("hf_hub:owner/zoobot-encoder")
    assert [file.path for file in offer.files] == ["config.json", "pytorch_model.bin"]
    assert offer.size == 59_900_659
    assert (offer.files[-1].digest, offer.licence, offer.is_here) == ("a" * 64, "apache-2.0", False)
    assert all("resolve" not in path for path in hub)


def test_what_is_on_this_computer_is_not_asked_for(hub, tmp_path):
    folder = tmp_path / "hub" / "models--owner--name" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    offer = offer_of("owner/name")
    assert offer.is_here
    assert offer.source == "hf_hub:owner/name"
    assert hub == []


@pytest.mark.parametrize(
    ("name", "words"), [("no name", "no name of the hub"), ("owner/empty", "no weights")]
)
def test_what_cannot_be_added_is_said_in_a_sentence(hub, name, words):
    with pytest.raises(ModelError, match=words):
        offer_of(name)


def test_the_hub_is_not_asked_where_that_is_forbidden(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        offer_of("owner/zoobot-encoder")
    assert hub == []
