"""A small Hub on loopback for tests: repositories in memory, the answers of the real Hub, and every fault on order.

    with Hub() as hub:
        repo = hub.add("org/name", {"config.json": b"{}", "model.safetensors": b"..."})
        ... HF_ENDPOINT=hub.endpoint ...
        assert hub.requests == [...]

Files named *.safetensors, *.bin, *.onnx and *.model, and those of 10 KiB and more, are LFS files: their bytes come
from a second host (127.0.0.2), which must never see a token. A fault is set per path (or "api", "tree"):
repo.faults["config.json"] = "html" | "corrupt" | "short" | "long" | "endless" | "gzip" | "loop" | "file" | "cut" | "cut416" |
"trickle" | "norange" | "badrange" | "rangecut" | "expires" | "expired" | "renewed" | "zipped" | "nocommit" | "nolength" | "slow" | "headers" | "nohttp" |
"etag" | "size" | "hops" | "to BASE" | "503" | "503x2" | "429x1" | ...; the part after x says how many requests fail before all is
well. "to BASE" redirects the file's bytes to BASE instead of the second host, "hops" by way of three more redirects.
"wait" is how many seconds a 429 asks for.

It also plays the two sides of a CI job's identity: GET /ci/identity?audience= answers who has hub.job_token with
hub.identity, and POST /oauth/token exchanges that for hub.token (hub.publishers: the resources it does so for).
"""
import argparse
import contextlib
import gzip
import hashlib
import http.server
import json
import pathlib
import threading
import time
import urllib.parse

LFS = (".safetensors", ".bin", ".onnx", ".model")


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Repo:
    def __init__(self, name, files, **facts):
        self.name, self.faults, self.counts = name, {}, {}
        self.private, self.gated, self.disabled = facts.get("private", False), facts.get("gated", False), facts.get("disabled", False)
        self.aliases, self.card, self.task = facts.get("aliases", []), facts.get("card", {}), facts.get("task")
        self.commits, self.refs = {}, {}
        self.commit(files)

    def commit(self, files, ref="main"):
        """A new commit at the head of `ref`; returns its hash."""
        digest = hashlib.sha1(self.name.encode())
        for path in sorted(files):
            digest.update(path.encode() + b"\0" + files[path])
        self.commits[digest.hexdigest()] = dict(files)
        self.refs[ref] = digest.hexdigest()
        return digest.hexdigest()

    @property
    def head(self):
        return self.refs["main"]

    def resolve(self, revision):
        if revision in ("", "HEAD"):
            return self.head
        if revision in self.refs:
            return self.refs[revision]
        found = [c for c in self.commits if len(revision) >= 7 and c.startswith(revision)]
        return found[0] if len(found) == 1 else None

    def is_lfs(self, path, data):
        return path.endswith(LFS) or len(data) >= 10240

    def etag(self, path, data):
        return hashlib.sha256(data).hexdigest() if self.is_lfs(path, data) else git_sha1(data)

    def entry(self, path, data):
        item = {"type": "file", "path": path, "size": len(data), "oid": git_sha1(data)}
        if self.is_lfs(path, data):
            sha = self.etag(path, data)
            pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha}\nsize {len(data)}\n".encode()
            item.update(oid=git_sha1(pointer), lfs={"oid": sha, "size": len(data), "pointerSize": len(pointer)})
        return item

    def fault(self, what):
        """The fault to show now, "" for none; counts those of the form KINDxN."""
        kind, _, times = self.faults.get(what, "").partition("x")
        if not kind or not times.isdigit():
            return self.faults.get(what, "")
        self.counts[what] = self.counts.get(what, 0) + 1
        return kind if self.counts[what] <= int(times) else ""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that go away are part of the tests


class Hub:
    def __init__(self, token="hf_test_token"):
        self.token, self.repos, self.requests, self.lock = token, {}, [], threading.Lock()
        self.page_size = 1000
        self.vague = False  # a mirror that answers a wrong token like none
        self.job_token, self.identity, self.publishers, self.token_seconds = "job-secret", "e30.identity.sig", {"org/model"}, 3600

    def add(self, name, files, **facts):
        self.repos[name] = Repo(name, files, **facts)
        return self.repos[name]

    def add_directory(self, name, directory, **facts):
        root = pathlib.Path(directory)
        return self.add(name, {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}, **facts)

    def find(self, name):
        if name in self.repos:
            return self.repos[name], None
        for repo in self.repos.values():
            if name in repo.aliases or name.lower() == repo.name.lower():
                return repo, repo.name
        return None, None

    def forget(self):
        self.requests.clear()

    def start(self):
        handler = type("Handler", (Handler,), {"hub": self})
        self.servers = [Server((host, 0), handler) for host in ("127.0.0.1", "127.0.0.2", "127.0.0.1")]
        # The Hub, the host of its large files, and another port of the Hub's own host.
        self.endpoint, self.store, self.neighbour = (f"http://{s.server_address[0]}:{s.server_port}" for s in self.servers)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        with self.hub.lock:
            self.hub.requests.append({"host": self.server.server_address[0], "port": self.server.server_port, "method": self.command, "path": self.path,
                                      "range": self.headers.get("Range"), "token": self.headers.get("Authorization")})
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.answer()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.hub.lock:
            self.hub.requests.append({"host": self.server.server_address[0], "port": self.server.server_port, "method": "POST", "path": self.path,
                                      "range": None, "token": self.headers.get("Authorization"), "body": json.loads(body)})
        asked = json.loads(body)
        kinds = ("urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:token-type:id_token")
        if self.path != "/oauth/token" or (asked.get("grant_type"), asked.get("subject_token_type")) != kinds:
            return self.send(404, b"not found")
        if asked["subject_token"] != self.hub.identity or asked["resource"] not in self.hub.publishers:
            return self.send(403, b'{"error":"access_denied"}')
        return self.json({"access_token": self.hub.token, "token_type": "bearer", "expires_in": self.hub.token_seconds})

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/ci/identity":  # by GitHub's description the address may have a query already
            if self.headers.get("Authorization") != f"Bearer {self.hub.job_token}" or query.get("audience") != [self.hub.endpoint]:
                return self.send(401, b"")
            return self.json({"value": self.hub.identity})
        if url.path.startswith("/store/"):
            if self.headers.get("Authorization") and self.server is not self.hub.servers[0]:
                return self.send(400, b"a token reached the store")
            _, _, commit, rest = url.path.split("/", 3)
            name, _, path = urllib.parse.unquote(rest).partition("//")
            repo = self.hub.repos[name]
            return self.content(repo, commit, path, {"ETag": '"stored-%s"' % commit[:8]})
        if url.path.startswith("/api/resolve-cache/models/"):
            owner, name, commit, path = url.path.split("/", 7)[4:8]
            repo, path = self.hub.repos[f"{owner}/{name}"], urllib.parse.unquote(path)
            data = repo.commits[commit][path]
            headers = {"ETag": '"%s"' % repo.etag(path, data)}
            if repo.faults.get(path) != "nocommit":
                headers["X-Repo-Commit"] = commit
            return self.content(repo, commit, path, headers)
        if url.path.startswith("/api/models/"):
            return self.api(url.path[len("/api/models/"):], query)
        if "/resolve/" in url.path:
            name, rest = url.path[1:].split("/resolve/", 1)
            revision, _, path = rest.partition("/")
            return self.resolve(name, urllib.parse.unquote(revision), urllib.parse.unquote(path))
        return self.send(404, b"not found")

    def authorised(self):
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def missing(self):
        if self.authorised():
            return self.send(404, b'{"error":"Repository not found"}', {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        if self.headers.get("Authorization") and not self.hub.vague:
            return self.send(401, b"", {"X-Error-Message": "Invalid credentials in Authorization header"})
        return self.send(401, b'{"error":"Invalid username or password."}', {"X-Error-Message": "Invalid username or password."})

    def api(self, rest, query):
        parts = rest.split("/")
        count = 2 if len(parts) > 1 and parts[1] not in ("revision", "tree") else 1
        name, parts = "/".join(parts[:count]), parts[count:]
        repo, canonical = self.hub.find(name)
        if repo is None or (repo.private and not self.authorised()):
            return self.missing()
        if canonical:
            return self.send(307, b"", {"Location": "/api/models/" + "/".join([canonical, *parts])})
        if self.trouble(repo, "tree" if parts[:1] == ["tree"] else "api"):
            return None
        commit = repo.resolve(urllib.parse.unquote(parts[1])) if len(parts) > 1 else repo.head
        if commit is None:
            return self.no_revision(urllib.parse.unquote(parts[1]))
        files = repo.commits[commit]
        if parts[:1] == ["tree"]:
            items = [repo.entry(p, d) for p, d in sorted(files.items())]
            items += [{"type": "directory", "path": d, "size": 0, "oid": "0" * 40} for d in sorted({p.rpartition("/")[0] for p in files if "/" in p})]
            items += repo.faults.get("entries", [])
            start, more = int(query.get("cursor", ["0"])[0]), {}
            if start + self.hub.page_size < len(items):
                base = repo.faults.get("link", self.hub.endpoint)
                more["Link"] = f'<{base}/api/models/{name}/tree/{parts[1]}?recursive=true&cursor={start + self.hub.page_size}>; rel="next"'
            return self.json(items[start:start + self.hub.page_size], more)
        return self.json({"id": repo.name, "sha": commit, "private": repo.private, "gated": repo.gated, "disabled": repo.disabled,
                          "pipeline_tag": repo.task, "cardData": repo.card, "tags": [],
                          "siblings": [{"rfilename": p} for p in sorted(files)]})

    def resolve(self, name, revision, path):
        repo, canonical = self.hub.find(name)
        if repo is None or (repo.private and not self.authorised()):
            return self.missing()
        quoted = urllib.parse.quote(path)
        if canonical:
            return self.send(307, b"", {"Location": f"/{canonical}/resolve/{urllib.parse.quote(revision, safe='')}/{quoted}"})
        if repo.disabled:
            return self.send(403, b"", {"X-Error-Message": "Access to this resource is disabled."})
        if repo.gated and not self.authorised():
            return self.send(401, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": f"Access to model {name} is restricted."})
        commit = repo.resolve(revision)
        if commit is None:
            return self.no_revision(revision)
        if path not in repo.commits[commit]:
            return self.send(404, b"Entry not found", {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found", "X-Repo-Commit": commit})
        if self.trouble(repo, path):
            return None
        data, fault = repo.commits[commit][path], repo.faults.get(path, "")
        headers = {"X-Repo-Commit": commit, "X-Linked-ETag": '"%s"' % repo.etag(path, data), "Accept-Ranges": "bytes"}
        if fault == "nocommit":
            del headers["X-Repo-Commit"]
        if fault == "etag":
            headers["X-Linked-ETag"] = '"%s"' % ("0" * len(repo.etag(path, data)))
        if fault == "size":
            headers["X-Linked-Size"] = str(len(data) + 1)
        if fault.startswith("to "):
            headers["X-Linked-Size"] = str(len(data))
            return self.send(302, b"Found", {**headers, "Location": f"{fault[3:]}/store/{commit}/{repo.name}//{quoted}?signature=secret-signature"})
        if repo.is_lfs(path, data):
            headers.setdefault("X-Linked-Size", str(len(data)))
            return self.send(302, b"Found", {**headers, "Location": f"{self.hub.store}/store/{commit}/{repo.name}//{quoted}?signature=secret-signature"})
        return self.send(307, b"Temporary Redirect", {**headers, "Location": f"/api/resolve-cache/models/{repo.name}/{commit}/{quoted}?etag=x"})

    def no_revision(self, revision):
        return self.send(404, b'{"error":"Invalid rev id"}', {"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev id: {revision}"})

    def trouble(self, repo, what):
        """Faults that take the place of the answer; True if one was sent."""
        fault = repo.fault(what)
        if fault.isdigit():
            headers = {"RateLimit": f'"resolvers";r=0;t={repo.faults.get("wait", 1)}'} if fault == "429" else {}
            self.send(int(fault), b"<html>busy</html>", headers)
        elif fault == "html":
            self.send(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
        elif fault == "gzip" and what in ("api", "tree"):
            self.send(200, gzip.compress(b"{}"), {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        elif fault == "trickle" and what in ("api", "tree"):
            self.begin(200, {"Content-Length": "1000"})
            for _ in range(1000):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.2)
        elif fault == "loop":
            self.send(302, b"", {"Location": self.path})
        elif fault == "file":
            self.send(302, b"", {"Location": "file:///etc/passwd"})
        elif fault == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-More: and more\r\n" * 1024)
        elif fault == "nohttp":
            self.wfile.write(b"220 mail.example ESMTP\r\n")
            self.close_connection = True
        elif fault == "reset":
            self.close_connection = True
        elif fault == "hops" and "hop=3" not in self.path:
            base, _, done = self.path.partition("?hop=")
            self.send(307, b"", {"Location": f"{base}?hop={int(done or 0) + 1}"})
        elif fault == "endless":
            self.begin(200, {"Connection": "close"})
            while True:
                self.wfile.write(b"[" * 65536)
        else:
            return False
        return True

    def content(self, repo, commit, path, headers):
        data, fault = repo.commits[commit][path], repo.fault(path)
        headers = {"Accept-Ranges": "bytes", **headers}
        if fault == "corrupt":
            data = bytes([data[0] ^ 1]) + data[1:]
        if fault == "trickle":
            self.begin(200, {**headers, "Content-Length": str(len(data))})
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.2)
            return None
        wanted = self.headers.get("Range")
        if fault in ("expires", "renewed", "rangecut"):
            repo.counts[path] = repo.counts.get(path, 0) + 1
            if fault == "expires" and repo.counts[path] % 3 == 0:
                return self.send(403, b"Request has expired")
            if fault == "renewed" and repo.counts[path] > 2:
                headers["ETag"] = '"stored-again"'
        if self.headers.get("If-Range") not in (None, headers.get("ETag")):
            wanted = None
        if wanted and fault == "cut416":
            return self.send(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
        if wanted and fault == "zipped":
            return self.send(206, gzip.compress(data[:64]), {**headers, "Content-Encoding": "gzip"})
        if wanted and fault != "norange":
            first, _, last = wanted.split("=")[1].partition("-")
            first, last = int(first), min(int(last) if last else len(data) - 1, len(data) - 1)
            if first >= len(data):
                return self.send(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
            shown = first + 1 if fault == "badrange" else first
            if fault == "rangecut" and repo.counts[path] == 2:
                part = {**headers, "Content-Length": str(last + 1 - first), "Content-Range": f"bytes {first}-{last}/{len(data)}"}
                return self.partial(data[first:(first + last) // 2], part, 206)
            return self.send(206, data[first:last + 1], {**headers, "Content-Range": f"bytes {shown}-{last}/{len(data)}"})
        if fault in ("cut", "cut416", "badrange", "norange") and self.command == "GET" and repo.counts.setdefault("cut " + path, 0) == 0:
            repo.counts["cut " + path] = 1
            return self.partial(data[:len(data) // 2], {**headers, "Content-Length": str(len(data))})
        if fault == "alwayscut":
            return self.partial(data[:10], {**headers, "Content-Length": str(len(data))})
        if fault == "slow" and self.command == "GET":
            self.begin(200, {**headers, "Content-Length": str(len(data))})
            for i in range(30):
                self.wfile.write(data[len(data) * i // 30:len(data) * (i + 1) // 30])
                self.wfile.flush()
                time.sleep(0.1)
            return None
        if fault == "expired":
            return self.send(403, b"<Error><Code>AccessDenied</Code></Error>")
        if fault == "nolength":
            return self.partial(data, {**headers, "Connection": "close"})
        if fault == "short":
            return self.send(200, data[:-1], headers)
        if fault == "long":
            return self.send(200, data + b"x", headers)
        if fault == "longbody":
            return self.partial(data + b"x" * 65536, {**headers, "Connection": "close"})
        if fault == "gzip":
            return self.send(200, gzip.compress(data), {**headers, "Content-Encoding": "gzip"})
        return self.send(200, data, headers)

    def partial(self, data, headers, status=200):
        self.begin(status, headers)
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def json(self, value, headers=None):
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    def send(self, status, body, headers=None):
        self.begin(status, {"Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def main():
    options = argparse.ArgumentParser(description="Serves DIRECTORY/ORG/NAME/ as repositories until interrupted.")
    options.add_argument("directory")
    with Hub() as hub:
        for path in sorted(pathlib.Path(options.parse_args().directory).glob("*/*/")):
            hub.add_directory(f"{path.parent.name}/{path.name}", path)
        print("READY", hub.endpoint, hub.store, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
