"""Models of the hub: found in its cache without a network, fetched from a server of the tests, continued and checked."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gzviewer.core.errors import ModelError
from gzviewer.io.hub import HubName, cached_folder, download, hub_cache, hub_name, snapshot_of
from gzviewer.jobs.job import Cancelled, JobContext

COMMIT = "c0ffee" * 6 + "0123"
NAME = HubName("mwalmsley", "zoobot-encoder-tiny")
WEIGHTS = bytes(range(256)) * 20_000  # 5 MB


class Hub(ThreadingHTTPServer):
    """The little of the hub's protocol that fetching needs. `breaks`: how many answers are cut off after a million bytes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.files = {"config.json": b'{"architecture": "x"}', "pytorch_model.bin": WEIGHTS, "extra": b"-"}
        self.asked, self.breaks, self.lies, self.listing = [], 0, {}, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def facts(self, name):
        content = self.files[name]
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry = {"rfilename": name, "size": len(content), "blobId": git}
        if len(content) > 1000:
            sha256 = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
        return entry


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        hub = self.server
        hub.asked.append((self.path, self.headers.get("Range"), self.headers.get("Authorization")))
        if self.path == f"/api/models/{NAME}/revision/main?blobs=true":
            siblings = [hub.facts(name) for name in hub.files]
            answer = {"sha": COMMIT, "siblings": siblings, "cardData": {"license": "apache-2.0"}}
            return self.say(200, json.dumps(answer).encode() if hub.listing is None else hub.listing)
        name = self.path.removeprefix(f"/{NAME}/resolve/{COMMIT}/")
        if name not in hub.files:
            return self.say(401 if "private" in self.path else 404, b"")
        content = hub.lies.get(name, hub.files[name])
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        return self.say(206 if start else 200, content[start:], breaks=hub.breaks > 0 and len(content) > 1000)

    def say(self, status, content, *, breaks=False):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if breaks:
            self.server.breaks -= 1
            content, self.close_connection = content[:1_000_000], True
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(tmp_path, monkeypatch):
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(name=NAME, report=lambda progress: None, flag=None):
    return download(name, JobContext(report, lambda part: None, flag or threading.Event()))


def test_names_of_the_hub_are_read_and_others_refused():
    assert hub_name("hf_hub:mwalmsley/zoobot-encoder-tiny") == NAME
    assert hub_name("hf-hub:a/b@v1.0").revision == "v1.0"
    for wrong in ("hf_hub:", "hf_hub:name", "hf_hub:a/b/c", "hf_hub:../..", "hf_hub:a/..", "hf_hub:a/b c"):
        with pytest.raises(ModelError, match="no name of the hub"):
            hub_name(wrong)


def test_the_cache_is_where_the_hubs_own_variables_say(tmp_path):
    assert hub_cache({"HF_HUB_CACHE": "/a"}).as_posix() == "/a"
    assert hub_cache({"HF_HOME": "/b"}).as_posix() == "/b/hub"
    assert hub_cache({"XDG_CACHE_HOME": "/c"}).as_posix() == "/c/huggingface/hub"


def test_what_is_not_in_the_cache_is_not_fetched_unasked(hub):
    with pytest.raises(ModelError, match="not in the local cache") as caught:
        snapshot_of(NAME)
    assert "--download" in caught.value.remedy
    assert hub.asked == []


def test_it_fetches_the_weights_and_what_describes_them_with_progress(hub):
    progress = []
    snapshot = fetched(report=progress.append)
    assert (snapshot.folder / "pytorch_model.bin").read_bytes() == WEIGHTS
    assert sorted(path.name for path in snapshot.folder.iterdir()) == ["config.json", "pytorch_model.bin"]
    assert snapshot.licence == "apache-2.0"
    assert [step.done for step in progress] == sorted(step.done for step in progress)
    assert progress[-1].done == progress[-1].total == len(WEIGHTS) + 21
    assert all(authorization is None for *_, authorization in hub.asked)


def test_what_was_fetched_is_found_without_a_network_and_not_fetched_again(hub):
    first = fetched().folder
    assert cached_folder(NAME) == first == snapshot_of(NAME).folder
    fetched()
    assert len([path for path, *_ in hub.asked if "resolve" in path]) == 2


def test_another_branch_is_not_taken_for_main(hub, tmp_path):
    home = tmp_path / "hub" / "models--mwalmsley--zoobot-encoder-tiny"
    (home / "snapshots" / COMMIT).mkdir(parents=True)
    (home / "snapshots" / COMMIT / "pytorch_model.bin").write_bytes(WEIGHTS)
    assert cached_folder(NAME) == home / "snapshots" / COMMIT
    (home / "refs").mkdir()
    (home / "refs" / "trial").write_text(COMMIT)
    assert cached_folder(NAME) is None


def test_the_hubs_own_library_finds_what_was_fetched(hub, tmp_path):
    library = pytest.importorskip("huggingface_hub")
    folder = fetched().folder
    found = library.try_to_load_from_cache(str(NAME), "pytorch_model.bin", cache_dir=tmp_path / "hub")
    assert found == str(folder / "pytorch_model.bin")


def test_a_connection_that_breaks_is_continued_where_it_broke(hub):
    hub.breaks = 2
    assert (fetched().folder / "pytorch_model.bin").read_bytes() == WEIGHTS
    ranges = [asked for path, asked, _ in hub.asked if path.endswith("pytorch_model.bin")]
    assert ranges == [None, "bytes=1000000-", "bytes=2000000-"]


def test_a_fetch_that_broke_for_good_goes_on_next_time(hub):
    hub.breaks = 3
    with pytest.raises(ModelError, match="came only in part, 3,000,000 of 5,120,000"):
        fetched()
    assert cached_folder(NAME) is None
    assert (fetched().folder / "pytorch_model.bin").read_bytes() == WEIGHTS
    assert hub.asked[-1][1] == "bytes=3000000-"


def test_it_stops_when_asked_and_keeps_what_came(hub, tmp_path):
    flag = threading.Event()

    def stop(progress):
        if progress.done > 2_000_000:
            flag.set()

    with pytest.raises(Cancelled):
        fetched(report=stop, flag=flag)
    [part] = (tmp_path / "hub").rglob("*.incomplete")
    assert part.stat().st_size > 2_000_000
    assert (fetched().folder / "pytorch_model.bin").read_bytes() == WEIGHTS


def test_other_bytes_than_announced_are_refused_and_not_kept(hub, tmp_path):
    hub.lies["pytorch_model.bin"] = WEIGHTS[:-1] + b"!"
    with pytest.raises(ModelError, match="its digest differs"):
        fetched()
    assert not list((tmp_path / "hub").rglob("*.incomplete"))
    assert cached_folder(NAME) is None


def test_a_small_file_that_was_changed_on_its_way_is_refused_too(hub):
    hub.lies["config.json"] = b'{"architecture": "y"}'
    with pytest.raises(ModelError, match=r"config\.json is not what the hub announced"):
        fetched()


@pytest.mark.parametrize(
    "answer", [b"<html>", b"[]", b'{"sha": "x", "siblings": []}', b'{"sha": "../.."}', b"[" * 99_999]
)
def test_an_answer_that_is_none_is_refused(hub, answer):
    hub.listing = answer
    with pytest.raises(ModelError, match="gave no proper answer"):
        fetched()


def test_a_model_that_is_not_there_or_holds_no_weights_is_named(hub):
    with pytest.raises(ModelError, match=r"has no a/b\."):
        fetched(HubName("a", "b"))
    hub.files = {"README.md": b"hello"}
    with pytest.raises(ModelError, match="holds no weights"):
        fetched()


def test_a_hub_that_is_not_there_is_told(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached"):
        fetched()
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(ModelError, match="no address of a hub"):
        fetched()


def test_it_asks_nothing_where_the_person_works_offline(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        fetched()
    assert hub.asked == []
