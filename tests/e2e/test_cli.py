#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a person or a program uses it: the real binary, a home directory of its own per test."""
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTERN = str(pathlib.Path(os.environ.get("POSTERN_BUILD", ROOT / "build")).resolve() / "src/cli/postern")
COMPONENTS = ROOT / "tests/fuzz/corpus/component"
POLICY = """version: "1.0"
description: "for a test"
permissions:
  storage:
    allow:
      - uri: "fs:///srv/maps/**"
        access: ["read"]
  network:
    allow:
      - host: "api.weather.example"
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="postern-cli-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "POSTERN_ALLOW_DEGRADED", "ASAN_OPTIONS", "LANG")}
        self.env = {**keep, "HOME": str(self.home)}
        self.data = self.home / ".local/share/postern"
        self.cache = self.home / ".cache/postern/compiled"

    def call(self, *args, code=0, stdin=None):
        done = subprocess.run([POSTERN, *args], env=self.env, cwd=self.home, capture_output=True, text=True, timeout=60,
                              input=stdin)
        self.assertEqual(done.returncode, code, f"postern {' '.join(args)}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *args, code=0):
        done = self.call(*args, "--json", code=code)
        self.assertEqual(done.stdout.count("\n"), 1, done.stdout)
        return json.loads(done.stdout)

    def error(self, *args, code=1):
        done = self.call(*args, code=code)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("postern: "), done.stderr)
        again = self.json(*args, code=code)
        self.assertEqual(set(again), {"error"})
        self.assertEqual(set(again["error"]), {"category", "text"})
        return done.stderr

    def file(self, name, text):
        path = self.home / name
        path.write_text(text)
        return str(path)

    def load(self, name="types", ident="tool", *more):
        return self.json("component", "load", str(COMPONENTS / f"{name}.wasm"), "--id", ident, *more)

    def policy(self, ident="tool"):
        return self.json("policy", "get", ident)["yaml"]

    def intrude(self, sql):
        with sqlite3.connect(self.data / "store.db") as db:
            db.executescript(sql)


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(data)


def verbs():
    text = subprocess.run([POSTERN, "help"], capture_output=True, text=True, check=True).stdout
    return [re.split(r"\s{2,}", line.strip())[0] for line in text.splitlines() if line.startswith("  ")]


class Misuse(Case):
    def test_usage_errors(self):
        for line in ("frobnicate", "component frob", "component list --frob", "component list extra",
                     "component unload", "component load x.wasm --id", "component list -x",
                     "component load x.wasm --id a --id b", "component list --output xml", "component list --json=yes",
                     "component load x --keep-policy=1", "run x.wasm", "policy explain a",
                     "policy explain a --url https://a.example/ --path /x", "policy explain a --url https://a.example/ --access read"):
            args = line.split()
            with self.subTest(args=args):
                self.assertIn("postern: ", self.call(*args, code=2).stderr)
                self.assertIn("error", json.loads(self.call(*args, "--json", code=2).stdout))

    def test_no_command_is_wrong_usage_and_help_is_not(self):
        self.assertIn("component load", self.call(code=2).stderr)
        self.assertIn("component load", self.call("component", code=2).stderr)
        self.assertIn("component load", self.call("--help").stdout)
        self.assertIn("component load", self.call("component", "--help").stdout)

    def test_unload_path_traversal(self):
        victim = self.file("victim.wasm", "x")
        for ident in ("../../victim", "../victim.wasm", "/etc/passwd", "..", ".", "a/b", "", "A", "-", "x" * 65,
                      victim):
            with self.subTest(ident=ident):
                text = self.error("component", "unload", ident)
                self.assertIn("component id", text)
        self.assertTrue(os.path.exists(victim))

    def test_values_are_never_options(self):
        self.assertIn("component id", self.call("component", "unload", "--", "--help", code=1).stderr)
        done = self.call("component", "unload", "--json", "--", "--json", code=1)
        self.assertIn("component id", json.loads(done.stdout)["error"]["text"])

    def test_not_a_component(self):
        for name, content in (("text.wasm", b"hello"), ("empty.wasm", b""), ("core.wasm", b"\0asm\1\0\0\0"),
                              ("cut.wasm", (COMPONENTS / "types.wasm").read_bytes()[:100])):
            with self.subTest(name=name):
                (self.home / name).write_bytes(content)
                self.error("component", "load", name)
                self.error("inspect", "./" + name)
        self.assertEqual(self.json("component", "list"), {"components": [], "total": 0})

    def test_sources(self):
        for source in ("https://example.org/x.wasm", "oci://ghcr.io/x/y", "file://elsewhere/x.wasm", "file:///a%00b",
                       "file:///a%zz", "file:///a?b"):
            with self.subTest(source=source):
                self.assertIn("local file", self.error("component", "load", source))
        shutil.copy(COMPONENTS / "types.wasm", self.home / "with space.wasm")
        done = self.json("component", "load", f"file://{self.home}/with%20space.wasm")
        self.assertEqual(done["id"], "with-space")
        self.error("component", "load", "/dev/zero")
        self.error("component", "load", str(self.home))
        (self.home / "huge.wasm").touch()
        os.truncate(self.home / "huge.wasm", (64 << 20) + 1)
        self.assertIn("larger than", self.error("component", "load", "huge.wasm", code=4))

    def test_unknown_ids_everywhere(self):
        policy = self.file("p.yaml", POLICY)
        for args in (["component", "unload", "none"], ["component", "inspect", "none"],
                     ["component", "compile", "none"], ["tool", "read", "none", "f"], ["tool", "invoke", "none", "f"],
                     ["policy", "get", "none"], ["policy", "history", "none"], ["policy", "rollback", "none", "1"],
                     ["policy", "export", "none", "x"], ["policy", "import", "none", policy],
                     ["policy", "explain", "none", "--url", "https://a.example/"],
                     ["permission", "grant", "none", "network", "a.example"], ["permission", "reset", "none"],
                     ["permission", "revoke", "none", "network", "a.example"]):
            with self.subTest(args=args):
                self.assertIn("no component 'none' is loaded", self.error(*args))

    def test_store_open_to_others(self):
        self.load()
        os.chmod(self.data, 0o777)
        self.assertIn("chmod", self.error("component", "list", code=3))


class Help(Case):
    def test_each_verb_explains_itself(self):
        self.assertGreaterEqual(len(verbs()), 24)
        for verb in verbs():
            with self.subTest(verb=verb):
                text = self.call(*verb.split(), "--help").stdout
                for part in (f"postern {verb} - ", "\nUsage:\n", "\nOptions:\n", "\nExamples:\n",
                             "\nExit codes: 0 done"):
                    self.assertIn(part, text)
                self.assertEqual(self.call("help", *verb.split()).stdout, text)

    def test_manual_page_knows_every_verb_and_option(self):
        page = (ROOT / "man/postern.1").read_text()
        plain = re.sub(r"\\&", "", page)
        for verb in verbs():
            self.assertRegex(plain, r"Cm " + verb.replace(" ", "[ ]") + r"\b", verb)
            text = self.call(*verb.split(), "--help").stdout
            for option in re.findall(r"^  --([a-z-]+)", text, re.M):
                self.assertIn(f"Fl -{option}", page, verb)

    def test_installed_completions_are_what_the_command_prints(self):
        for shell, name in (("bash", "postern.bash"), ("zsh", "_postern"), ("fish", "postern.fish")):
            self.assertEqual((ROOT / "completions" / name).read_text(), self.call("completion", shell).stdout, shell)
        self.call("completion", "tcsh", code=1)

    def test_bash_completion_works(self):
        self.load(ident="my-tool")
        script = f"source {ROOT}/completions/postern.bash\n" + """
        compopt() { :; }
        try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _postern; echo "${COMPREPLY[@]}"; }
        try postern po; try postern policy ro; try postern component load --k; try postern component unload my
        try postern permission grant net; try postern tool list -o js; try postern completion f
        """
        self.env["PATH"] = f"{pathlib.Path(POSTERN).resolve().parent}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-c", script], env=self.env, cwd=self.home, capture_output=True, text=True)
        self.assertEqual(done.stdout.split("\n")[:7],
                         ["policy", "rollback", "--keep-policy", "my-tool", "network", "json", "fish"], done.stderr)

    def test_colours_only_on_a_terminal(self):
        self.load()
        self.assertNotIn("\033", self.call("component", "list").stdout)

        def on_terminal(**more):
            main, side = pty.openpty()
            subprocess.run([POSTERN, "component", "list"], env={**self.env, "TERM": "xterm", **more},
                           stdout=side, check=True)
            os.close(side)
            text = os.read(main, 65536).decode()
            os.close(main)
            return text
        self.assertIn("\033[1m", on_terminal())
        self.assertNotIn("\033", on_terminal(NO_COLOR="1"))
        self.assertNotIn("\033", on_terminal(TERM="dumb"))


class Components(Case):
    def test_load_list_inspect_unload(self):
        done = self.load()
        self.assertEqual(done["status"], "component loaded successfully")
        self.assertEqual(done["tools"], ["f"])
        self.assertEqual(self.load()["status"], "component reloaded successfully")
        row = self.json("component", "list")["components"][0]
        self.assertEqual((row["id"], row["state"], row["policy_revision"]), ("tool", "loaded", 1))
        self.assertEqual(len(row["sha256"]), 64)
        self.assertEqual(self.json("inspect", "tool")["description"]["tools"][0]["name"], "f")
        self.assertEqual(self.json("component", "inspect", "tool"),
                         self.json("inspect", str(COMPONENTS / "types.wasm")))
        self.assertIn("f", self.call("inspect", "tool").stdout)
        tools = self.json("tool", "list")
        self.assertEqual(tools["total"], 1)
        self.assertEqual((tools["tools"][0]["component"], tools["tools"][0]["callable"]), ("tool", True))
        self.assertIn("inputSchema", self.json("tool", "read", "tool", "f"))
        self.assertIn("inputSchema: {", self.call("tool", "read", "tool", "f").stdout)
        self.assertIn("it has: f", self.error("tool", "read", "tool", "g"))
        self.assertEqual(self.json("component", "unload", "tool")["id"], "tool")
        self.assertEqual(self.json("component", "list")["total"], 0)

    def test_not_callable_has_its_reason(self):
        self.load("resource")
        tool = self.json("tool", "list")["tools"][0]
        self.assertFalse(tool["callable"])
        self.assertIn("resource", tool["reason"])
        self.assertIn("resource", self.error("tool", "invoke", "tool", tool["name"]))

    def test_policy_beside_it_is_a_request(self):
        shutil.copy(COMPONENTS / "types.wasm", self.home / "w.wasm")
        self.file("w.policy.yaml", POLICY)
        done = self.json("component", "load", "w.wasm")
        self.assertTrue(done["policy_request"]["file"].endswith("w.policy.yaml"))
        self.assertEqual(self.policy("w"), "")
        text = self.call("component", "load", "w.wasm").stdout
        command = re.search(r"^  postern (policy import .*)$", text, re.M).group(1)
        self.call(*command.split())
        self.assertEqual(self.policy("w"), POLICY)

    def test_policy_with_it(self):
        good, bad = self.file("good.yaml", POLICY), self.file("bad.yaml", 'version: "1.0"\npermissions: {frob: 1}\n')
        self.assertIn("bad.yaml:2", self.error("component", "load", str(COMPONENTS / "types.wasm"), "--policy", bad))
        self.assertEqual(self.json("component", "list")["total"], 0)
        self.load("types", "tool", "--policy", good)
        self.assertEqual(self.policy(), POLICY)

    def test_other_bytes_lose_the_policy(self):
        self.load("types", "tool", "--policy", self.file("p.yaml", POLICY))
        self.assertFalse(self.load("types")["policy_reset"])
        self.assertTrue(self.load("funcs")["policy_reset"])
        self.assertEqual(self.policy(), "")
        self.call("policy", "rollback", "tool", "1")
        self.assertFalse(self.load("types", "tool", "--keep-policy")["policy_reset"])
        self.assertEqual(self.policy(), POLICY)

    def test_too_little_memory_is_said(self):
        small = self.file("small.yaml", 'version: "1.0"\npermissions: {}\nlimits: {memory: 64KiB}\n')
        self.assertNotIn("memory", self.load("types", "tool", "--policy", small))  # it needs one page of 64 KiB
        data = (COMPONENTS / "types.wasm").read_bytes()
        self.assertEqual(data.count(b"\5\3\1\0\1"), 1)  # its memory section
        (self.home / "larger.wasm").write_bytes(data.replace(b"\5\3\1\0\1", b"\5\3\1\0\x21"))
        said = self.json("component", "load", "larger.wasm", "--policy", small)["memory"]
        self.assertIn("at least 2112KiB", said)
        grant = re.search(r'"(limits: .*?)"', said).group(1)
        enough = self.file("enough.yaml", f'version: "1.0"\npermissions: {{}}\n{grant}\n')
        self.assertNotIn("memory", self.json("component", "load", "larger.wasm", "--policy", enough))


class Tampering(Case):
    def test_blob(self):
        self.load()
        flip(next(self.data.glob("blobs/*.wasm")))
        shutil.rmtree(self.cache)
        self.assertIn("load it again", self.error("component", "compile", "tool", code=3))
        self.json("doctor", code=1)
        self.load()
        self.call("component", "compile", "tool")

    def test_cache_is_compiled_again(self):
        for suffix in ("cwasm", "json", "manifest"):
            with self.subTest(suffix=suffix):
                self.load()
                flip(next(self.cache.glob(f"*.{suffix}")))
                done = self.call("component", "compile", "tool")
                self.assertIn("is refused", done.stderr)
                self.assertEqual(self.call("component", "compile", "tool").stderr, "")

    def test_policy(self):
        self.load("types", "tool", "--policy", self.file("p.yaml", POLICY))
        self.call("permission", "reset", "tool")
        self.intrude("UPDATE policy_revisions SET yaml = 'version: \"1.0\"' WHERE rev = 2")
        self.assertIn("policy import", self.error("policy", "get", "tool", code=3))
        self.error("tool", "invoke", "tool", "f", code=3)
        history = self.json("policy", "history", "tool", code=3)["revisions"]
        self.assertEqual([r["state"] == "good" for r in history], [True, False])
        self.call("permission", "reset", "tool")
        self.assertEqual(self.json("policy", "get", "tool")["revision"], 3)

    def test_registration(self):
        self.load()
        self.load("funcs", "other")
        self.intrude("UPDATE components SET source = 'x' WHERE id = 'tool'")
        rows = {r["id"]: r["state"] for r in self.json("component", "list")["components"]}
        self.assertEqual(rows, {"tool": "refused", "other": "loaded"})
        self.error("tool", "invoke", "tool", "f", code=3)
        tools = self.json("tool", "list")["tools"]
        self.assertIn("refused", next(t["reason"] for t in tools if t["component"] == "tool"))
        self.call("component", "unload", "tool")

    def test_removed_registration(self):
        self.load()
        self.load("funcs", "other")
        self.intrude("DELETE FROM components WHERE id = 'tool'")
        self.assertIn("seal", self.error("component", "list", code=3))

    def test_other_key(self):
        self.load()
        flip(self.home / ".local/state/postern/store.key")
        self.error("component", "list", code=3)


class Policies(Case):
    def test_check(self):
        good, bad = self.file("good.yaml", POLICY), self.file("bad.yaml", "version: 1\nfrob: 2\nfrob: 3\n")
        self.assertEqual(self.json("policy", "check", good), {"file": good, "valid": True, "mistakes": []})
        self.assertIn("good", self.call("policy", "check", good).stdout)
        done = self.json("policy", "check", bad, code=1)
        self.assertFalse(done["valid"])
        self.assertGreaterEqual(len(done["mistakes"]), 2)
        self.assertIn(f"{bad}:2:", self.call("policy", "check", bad, code=1).stdout)
        self.error("policy", "check", "missing.yaml")

    def test_export_import(self):
        self.load()
        self.call("policy", "import", "tool", self.file("p.yaml", POLICY))
        self.assertEqual(self.call("policy", "get", "tool").stdout, POLICY)
        self.call("policy", "export", "tool", "out.yaml")
        self.assertEqual((self.home / "out.yaml").read_text(), POLICY)
        self.assertEqual(self.call("policy", "export", "tool", "-").stdout, POLICY)
        self.error("policy", "import", "tool", self.file("bad.yaml", "permissions: []"))
        self.call("permission", "reset", "tool")
        self.call("policy", "export", "tool", "empty.yaml")
        self.call("policy", "check", "empty.yaml")
        self.call("policy", "import", "tool", "empty.yaml")

    def test_history_and_rollback(self):
        self.load()
        self.call("permission", "grant", "tool", "network", "a.example")
        self.call("permission", "revoke", "tool", "network", "a.example")
        self.call("policy", "rollback", "tool", "2")
        self.assertIn("a.example", self.policy())
        revisions = self.json("policy", "history", "tool")["revisions"]
        self.assertEqual([r["revision"] for r in revisions], [1, 2, 3, 4])
        self.assertEqual([r["uid"] for r in revisions], [os.getuid()] * 4)
        self.assertIn("a.example", revisions[1]["action"])
        self.assertEqual(revisions[3]["action"], "rollback to 2")
        self.error("policy", "rollback", "tool", "99")
        self.error("policy", "rollback", "tool", "0")
        self.call("policy", "rollback", "tool", "1x", code=2)
        self.call("component", "unload", "tool")
        self.assertEqual(self.json("policy", "history", "tool")["total"], 4)

    def test_explain(self):
        self.load("types", "tool", "--policy", self.file("p.yaml", POLICY))
        self.assertTrue(self.json("policy", "explain", "tool", "--url", "https://api.weather.example/v1")["allowed"])
        self.assertTrue(self.json("policy", "explain", "tool", "--path", "/srv/maps/a.txt")["allowed"])
        done = self.json("policy", "explain", "tool", "--path", "/srv/maps/a.txt", "--access", "write", code=3)
        self.assertFalse(done["allowed"])
        text = self.call("policy", "explain", "tool", "--url", "https://other.example/", code=3).stdout
        self.assertIn("other.example", text)
        self.call("policy", "explain", "tool", code=2)
        self.error("policy", "explain", "tool", "--url", "not a url")

    def test_smallest_grant_would_do(self):
        self.load()
        for args in (["--url", "https://b.example/x"], ["--path", "/srv/x/y.txt"],
                     ["--path", "/srv/z", "--access", "write"], ["--environment", "API_KEY"]):
            with self.subTest(args=args):
                done = self.json("policy", "explain", "tool", *args, code=3)
                self.assertTrue(done["grant_with"], done)
                for command in done["grant_with"]:
                    words = shlex.split(command)
                    self.assertEqual(words[:3], ["postern", "permission", "grant"])
                    self.call(*words[1:])
                self.assertTrue(self.json("policy", "explain", "tool", *args)["allowed"])


class Permissions(Case):
    KINDS = (("storage", "fs:///srv/data/**", "--path", "/srv/data/x"),
             ("network", "api.example.org", "--url", "https://api.example.org/"),
             ("environment", "API_KEY", "--environment", "API_KEY"))

    def test_grant_and_revoke(self):
        self.load()
        for kind, value, option, thing in self.KINDS:
            with self.subTest(kind=kind):
                self.call("policy", "explain", "tool", option, thing, code=3)
                done = self.json("permission", "grant", "tool", kind, value)
                self.assertEqual(done["status"], "permission granted successfully")
                self.assertEqual((done["component_id"], done["permission_type"]), ("tool", kind))
                self.call("policy", "explain", "tool", option, thing)
                self.assertEqual(self.json("permission", "revoke", "tool", kind, value)["status"], "permission revoked")
                self.call("policy", "explain", "tool", option, thing, code=3)
                self.error("permission", "revoke", "tool", kind, value)

    def test_other_order_and_name(self):
        self.load()
        self.call("permission", "grant", "environment-variable", "tool", "API_KEY")
        self.call("permission", "revoke", "tool", "environment-variable", "API_KEY")
        self.call("permission", "grant", "network", "tool", "a.example")

    def test_access(self):
        self.load()
        self.call("permission", "grant", "tool", "storage", "fs:///srv/w/**", "--access", "write")
        self.call("policy", "explain", "tool", "--path", "/srv/w/x", "--access", "write")
        self.call("policy", "explain", "tool", "--path", "/srv/w/x", "--access", "read", code=3)
        self.error("permission", "grant", "tool", "storage", "fs:///srv/w/**", "--access", "execute")
        self.call("permission", "grant", "tool", "network", "a.example", "--access", "read", code=2)

    def test_what_is_no_permission(self):
        self.load()
        for kind, value in (("storage", "/srv"), ("storage", "fs://../x"), ("storage", "fs://relative"),
                            ("network", "not a host"), ("network", "https://a.example/"), ("network", ""),
                            ("environment", "A=B"), ("environment", ""), ("environment", "1A")):
            with self.subTest(kind=kind, value=value):
                self.error("permission", "grant", "tool", kind, value)
        self.call("permission", "grant", "tool", "frobs", "x", code=2)
        self.assertEqual(self.json("policy", "history", "tool")["total"], 1)

    def test_reset_never_widens(self):
        self.load()
        for kind, value, _, _ in self.KINDS:
            self.call("permission", "grant", "tool", kind, value)
        self.assertEqual(self.json("permission", "reset", "tool")["status"], "permissions reset successfully")
        for _, _, option, thing in self.KINDS:
            self.call("policy", "explain", "tool", option, thing, code=3)
        self.call("permission", "reset", "tool")
        for option, thing in (("--path", "/"), ("--path", "/etc/passwd"), ("--url", "https://example.org/"),
                              ("--environment", "PATH"), ("--environment", "HOME")):
            self.call("policy", "explain", "tool", option, thing, code=3)

    def test_reset_keeps_what_narrows(self):
        self.load("types", "tool", "--policy", self.file("p.yaml", POLICY + "limits:\n  fuel: 1000\n"))
        self.call("permission", "reset", "tool")
        self.assertIn("1000", self.policy())

    def test_no_more_than_so_many(self):
        self.load()
        hosts = "".join(f'      - host: "h{i}.example"\n' for i in range(64))
        yaml = 'version: "1.0"\npermissions:\n  network:\n    allow:\n' + hosts
        self.call("policy", "import", "tool", self.file("many.yaml", yaml))
        self.assertIn("64", self.error("permission", "grant", "tool", "network", "one-more.example", code=4))

    def test_two_at_once_lose_nothing(self):
        self.load()
        runs = [subprocess.Popen([POSTERN, "permission", "grant", "tool", "network", f"h{i}.example"], env=self.env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in range(6)]
        for run in runs:
            self.assertEqual(run.wait(timeout=60), 0, run.stderr.read())
            run.stderr.close()
        policy = self.policy()
        for i in range(6):
            self.assertIn(f"h{i}.example", policy)


class Calls(Case):
    FUNCS = str(COMPONENTS / "funcs.wasm")

    def test_run(self):
        self.assertEqual(self.json("run", self.FUNCS, "run"), {"outcome": "ok", "result": None})
        self.assertEqual(self.call("run", self.FUNCS, "run", "--args", "@-", stdin=" {} ").stdout, "null\n")
        name = self.file("a.json", "{}")
        self.assertEqual(self.call("run", self.FUNCS, "run", "--args", "@" + name).stdout, "null\n")
        self.assertEqual(self.json("component", "list")["total"], 0)
        self.assertIn("no such name", self.error("run", self.FUNCS, "run", "--args", '{"a": 1}'))
        self.assertIn("--args", self.error("run", self.FUNCS, "run", "--args", "[]"))
        self.assertIn("--args", self.error("run", self.FUNCS, "run", "--args", "{"))
        self.assertIn("it has: ", self.error("run", self.FUNCS, "nothing"))
        self.error("run", self.FUNCS, "run", "--config", "missing.yaml")
        self.error("run", self.FUNCS, "run", "--policy", "missing.yaml")

    def test_invoke(self):
        self.load("funcs", "tool")
        self.assertEqual(self.call("tool", "invoke", "tool", "run").stdout, "null\n")
        self.assertEqual(self.json("tool", "invoke", "tool", "run")["outcome"], "ok")

    def test_limit_has_its_exit_code(self):
        little = self.file("little.yaml", 'version: "1.0"\npermissions: {}\nlimits: {memory: 64KiB}\n')
        data = (COMPONENTS / "types.wasm").read_bytes()
        (self.home / "larger.wasm").write_bytes(data.replace(b"\5\3\1\0\1", b"\5\3\1\0\x21"))
        text = self.error("run", "larger.wasm", "f", "--policy", little, "--args", '{"v": []}', code=4)
        self.assertIn("memory", text)


class Listings(Case):
    def test_json_of_every_listing(self):
        self.load()
        for args, key in ((["component", "list"], "components"), (["tool", "list"], "tools"),
                          (["policy", "history", "tool"], "revisions")):
            done = self.json(*args)
            self.assertEqual(done["total"], len(done[key]))
            self.assertEqual(done, json.loads(self.call(*args, "-o", "json").stdout))
        doctor = subprocess.run([POSTERN, "doctor", "--json"], env=self.env, capture_output=True)
        self.assertEqual(json.loads(doctor.stdout)["ready"], doctor.returncode == 0)
        self.assertIn("engine", self.json("version"))

    def test_tables_are_aligned(self):
        self.load("types", "a")
        self.load("funcs", "a-much-longer-id")
        lines = self.call("component", "list").stdout.splitlines()
        column = lines[0].index("SHA-256")
        for line in lines[1:]:
            self.assertRegex(line[column:], r"^[0-9a-f]{12} ")
            self.assertEqual(line[column - 1], " ")

    def test_hostile_text_stays_text(self):
        name = "x\033]0;owned\007\u202egnp.wasm"
        shutil.copy(COMPONENTS / "types.wasm", self.home / name)
        self.call("component", "load", name, "--id", "tool")
        text = self.call("component", "list").stdout
        self.assertNotIn("\033", text)
        self.assertNotIn("\u202e", text)
        self.assertIn("owned", text)
        self.assertTrue(self.json("component", "list")["components"][0]["source"].endswith(name))


class Stop(Case):
    def test_killed_while_loading(self):
        for i in range(10):
            words = ["component", "load", str(COMPONENTS / "types.wasm"), "--id", f"c{i}"]
            run = subprocess.Popen([POSTERN, *words], env=self.env, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            time.sleep(0.01 * i)
            run.send_signal(signal.SIGKILL)
            run.wait()
        rows = self.json("component", "list")["components"]
        self.assertTrue(all(r["state"] == "loaded" for r in rows))
        self.assertEqual(len(list(self.data.glob("blobs/*"))), 1 if rows else 0)
        self.assertTrue(self.json("doctor", code=0)["ready"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
