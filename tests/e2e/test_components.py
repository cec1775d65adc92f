# SPDX-License-Identifier: Apache-2.0
"""Hostile and odd components, the store under attack and under accidents, and changes while a session goes on."""
import glob
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

import harness

ECHO = "test_guests_echo_0_1_0_echo"
TEXT = "test_guests_text_0_1_0_"
FINE = (0, 1, 4)  # loaded, refused, too large

# guest: words of the refusal
REFUSED = {
    "core-module": ["not a component", "wasm-tools component new"],
    "async": ["stream"],
    "unknown-import": ["wasi:filesystem/preopen@0.2.12", "nearest", "wasi:filesystem/preopens"],
    "import-function": ["host-call"],
    "future-version": ["wasi:clocks/monotonic-clock@0.3.0", "0.2.x"],
    "wrong-signature": ["wasi:clocks/monotonic-clock@0.2.12", "now"],
    "odd/too-big": ["67108864"],
    "odd/many-exports": ["1000"],
    "odd/many-in-instance": ["10000"],
    "odd/deep-lists-100": ["too deep"],
    "odd/deep-lists-1000": ["too deep"],
    "odd/type-bomb-30": ["type size"],
    "odd/truncated-0": ["not a WebAssembly file"],
}

# guest: {tool: words of the reason, or None when it can be called}
LISTED = {
    "resource": {"make": "resource", "take": "resource", "make-many": "resource", "fine": None},
    "odd/long-names": {"a" * 128: None, "b" * 128: "128 characters", "c" * 128: "128 characters"},
    "odd/wide-types": {"choose": "10000", "fill": "2000", "many": None},
    "odd/deep-mixed": {"deep": "deep"},
    "odd/type-bomb-14": {"bomb": "20000"},
    "odd/deep-lists-20": {"deep": None},
    "odd/huge-docs": {"run": None},
    "broken-docs": {"run": None},
    "no-exports": {},
    "mixed-versions": {"ordered": None},
    "same-names": {"a_b-c_d_1_0_0_run": None, "a_b-c_d_1_1_0_run": None, "a-b": None,
                   "same-names_load-component": None, "same-names_reset-permission": None},
}


def flip(path, at):
    os.chmod(path, 0o600)
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        data[at % len(data)] ^= 0x10
        f.seek(0)
        f.write(data)


class Case(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)

    def serve(self, *args, **kw):
        m = harness.Mcp(self.home, *args, **kw)
        self.addCleanup(m.close)
        return m

    def components(self, m):
        listing = json.loads(m.call("list-components")["content"][0]["text"])
        self.assertEqual(listing["total"], len(listing["components"]))
        return {c["id"]: c for c in listing["components"]}

    def cached(self, kind):
        return glob.glob(os.path.join(self.home.env["XDG_CACHE_HOME"], "postern/compiled/*." + kind))

    def until(self, what, seconds=30):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.02)

    def until_notice(self, m, method, seconds=30):
        self.until(lambda: m.pump(0.05) is not None and any(n["method"] == method for n in m.notices), seconds)
        m.notices = [n for n in m.notices if n["method"] != method]


class Odd(Case):
    def test_refusals_say_why(self):
        for name, words in REFUSED.items():
            with self.subTest(guest=name):
                r = self.home.run("component", "load", harness.guest(name))
                self.assertIn(r.returncode, (1, 4), r.stderr)
                for word in words:
                    self.assertIn(word, r.stderr)
                self.assertLess(len(r.stderr), 1500)
        self.assertEqual(self.home.json("component", "list")["total"], 0)

    def test_what_is_not_callable_is_listed_with_the_reason(self):
        for name in LISTED:
            self.home.load(name)
            self.home.ok("component", "unload", os.path.basename(name))
        for name, tools in LISTED.items():
            with self.subTest(guest=name):
                ident = self.home.load(name)
                with harness.Mcp(self.home) as m:
                    offered = {t["name"]: t for t in m.tools()}
                    listed = {t["name"]: t for t in self.components(m)[ident]["schema"]["tools"]}
                    self.assertEqual({n for n in listed if n in tools}, set(tools))
                    for tool, reason in tools.items():
                        self.assertEqual(tool in offered, reason is None, tool[:40])
                        if reason is not None:
                            self.assertIn(reason, listed[tool]["reason"])
                            self.assertIn(reason, m.error(tool))
                self.home.ok("component", "unload", ident)

    def test_what_can_be_called_beside_it_works(self):
        for name in ("resource", "odd/long-names", "mixed-versions"):
            self.home.load(name)
        m = self.serve()
        self.assertEqual(m.value("fine"), 42)
        self.assertEqual(m.value("a" * 128), 1)
        self.assertIs(m.value("ordered"), True)

    def test_every_odd_file_leaves_server_and_store_whole(self):
        self.home.load("echo")
        m = self.serve()
        m.tools()
        for path in sorted(glob.glob(os.path.join(harness.GUESTS, "odd", "*.wasm"))):
            with self.subTest(file=os.path.basename(path)):
                r = self.home.run("component", "load", path)
                self.assertIn(r.returncode, FINE, r.stderr)
                self.assertNotIn("ended without an answer", r.stderr)
                self.assertEqual(m.value(ECHO, {"text": path}), path)
        for ident, c in self.components(m).items():
            self.assertIn(c["status"], ("ready", "loading"), ident)

    def test_one_flipped_bit_anywhere(self):
        with open(harness.guest("text"), "rb") as f:
            whole = f.read()
        chance = random.Random(3)
        for _ in range(40):
            at = chance.randrange(len(whole))
            data = bytearray(whole)
            data[at] ^= 1 << chance.randrange(8)
            r = self.home.run("component", "inspect", self.home.write("flipped.wasm", bytes(data)))
            with self.subTest(at=at):
                self.assertIn(r.returncode, FINE, r.stderr)
                self.assertNotIn("ended without an answer", r.stderr)

    def test_a_component_that_traps_while_it_starts(self):
        self.home.load("start-trap")
        m = self.serve()
        for _ in range(3):
            self.assertIn("trap", m.error("run"))

    def test_descriptions_are_clean(self):
        self.home.load("docs")
        self.home.load("odd/huge-docs")
        tools = {t["name"]: t for t in self.serve().tools()}
        self.assertEqual(tools["plain"]["description"], "Answers one.")
        self.assertEqual(tools["test_guests_face_0_1_0_inner"]["description"], "Inside.")
        hostile = tools["hostile"]["description"]
        self.assertTrue(hostile.startswith("Line one"), hostile)
        for bad in "\x1b\x07\u202e\r\n\t":
            self.assertNotIn(bad, hostile)
        self.assertLessEqual(len(tools["run"]["description"].encode()), 1024)  # a section of 4 MB is left out whole

    def test_a_long_description_is_cut(self):
        docs = b"\1" + json.dumps({"worlds": {"w": {"func_exports": {"add": {"docs": "\u00e9" * 2000}}}}}).encode()
        body = bytes([12]) + b"package-docs" + docs
        size = bytes([len(body) & 0x7f | 0x80, len(body) >> 7 & 0x7f | 0x80, len(body) >> 14])
        with open(harness.guest("add"), "rb") as f:
            whole = f.read() + b"\0" + size + body
        self.home.ok("component", "load", self.home.write("long.wasm", whole))
        text = {t["name"]: t for t in self.serve().tools()}["add"]["description"]
        self.assertEqual(text, "\u00e9" * 512)

    def test_size_and_name_are_checked_before_anything_is_kept(self):
        path = self.home.write("bad/..\u202e name.wasm", b"\0asm\x0d\0\1\0")
        r = self.home.run("component", "load", path)
        self.assertNotIn("\u202e", r.stdout + r.stderr)
        self.assertNotEqual(self.home.run("component", "load", self.home.path).returncode, 0)
        fifo = os.path.join(self.home.path, "fifo.wasm")
        os.mkfifo(fifo)
        self.assertNotEqual(self.home.run("component", "load", fifo, timeout=20).returncode, 0)


class Names(Case):
    def test_names_that_collide_get_the_id_in_front(self):
        self.home.load("echo", ident="one")
        self.home.load("echo", ident="two")
        m = self.serve()
        names = {t["name"] for t in m.tools()}
        self.assertNotIn(ECHO, names)
        for ident in ("one", "two"):
            self.assertEqual(m.value(f"{ident}_{ECHO}", {"text": ident}), ident)
        self.home.ok("component", "unload", "two")
        self.until_notice(m, "notifications/tools/list_changed")
        self.assertEqual(m.value(ECHO, {"text": "x"}), "x")

    def test_a_component_cannot_shadow_a_built_in_tool(self):
        self.home.load("same-names")
        for args in ((), ("--allow-management",)):
            m = self.serve(*args)
            names = [t["name"] for t in m.tools()]
            self.assertEqual(len(names), len(set(names)))
            self.assertEqual("load-component" in names, bool(args))
            self.assertEqual(m.value("same-names_load-component"), 1)
            answer = m.wait(m.start("tools/call", {"name": "load-component", "arguments": {}}))
            self.assertNotIn("structuredContent", answer.get("result", {}))

    def test_what_tool_chains_add_is_no_tool(self):
        self.home.load("same-names")
        names = {t["name"] for t in self.serve().tools()}
        self.assertFalse(names & {"init", "exports_init", "same-names_init"})

    def test_the_list_is_stable_and_paged(self):
        for n in range(4):
            self.home.load("text", ident=f"t{n}")
        m, again = self.serve(), self.serve()
        first = m.request("tools/list")
        self.assertIn("nextCursor", first)
        names = [t["name"] for t in m.tools()]
        self.assertEqual(names, [t["name"] for t in again.tools()])
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(sum("echo-u8" in n for n in names), 4)
        for cursor in ("", "x", first["nextCursor"][:-2], first["nextCursor"] + "A"):
            answer = m.wait(m.start("tools/list", {"cursor": cursor}))
            self.assertEqual(answer["error"]["code"], -32602, cursor)


class Changes(Case):
    """While a session goes on, another process changes the store."""

    def test_loading_and_unloading(self):
        self.home.load("echo")
        m = self.serve()
        self.assertNotIn("add", [t["name"] for t in m.tools()])
        self.home.load("add")
        self.until_notice(m, "notifications/tools/list_changed")
        self.assertIn("add", [t["name"] for t in m.tools()])
        self.assertEqual(m.value("add", {"a": 2, "b": 3}), 5)
        self.home.ok("component", "unload", "add")
        self.until_notice(m, "notifications/tools/list_changed")
        self.assertNotIn("add", [t["name"] for t in m.tools()])
        answer = m.wait(m.start("tools/call", {"name": "add", "arguments": {"a": 2, "b": 3}}))
        self.assertEqual(answer["error"]["code"], -32602)
        self.assertEqual(m.value(ECHO, {"text": "still"}), "still")

    def test_no_call_is_lost_while_its_component_is_reloaded(self):
        self.home.load("echo")
        m = self.serve()
        m.tools()
        stop = threading.Event()

        def change():
            for n in range(5):
                self.home.ok("permission", "grant", "storage", "echo", f"fs:///srv/{n}/**")
            stop.set()

        changer = threading.Thread(target=change)
        changer.start()
        sent = {}
        while not stop.is_set() or len(sent) < 200:
            for _ in range(8):
                text = f"call {len(sent)} " + "x" * (len(sent) % 3000)
                sent[m.start("tools/call", {"name": ECHO, "arguments": {"text": text}})] = text
            while m.pump(0.01):
                pass
        changer.join()
        for ident, text in sent.items():
            answer = m.wait(ident, 30)
            self.assertNotIn("error", answer)
            self.assertEqual(answer["result"]["content"][0]["text"], text)

    def test_a_call_under_way_outlives_the_reload(self):
        self.home.load("files")
        m = self.serve()
        m.tools()
        ident = m.start("tools/call", {"name": "test_guests_system_0_1_0_sleep", "arguments": {"milliseconds": 1500}})
        time.sleep(0.3)
        self.home.ok("permission", "grant", "storage", "files", "fs:///srv/**")
        answer = m.wait(ident, 20)
        self.assertFalse(answer["result"]["isError"], answer)
        # Then the old worker goes, long before it would be killed.
        self.until(lambda: [harness.command_of(p) for p in harness.children(m.p.pid)].count("postern-worker") == 1, 15)

    def test_a_call_under_way_outlives_the_unloading(self):
        self.home.load("files")
        m = self.serve()
        m.tools()
        ident = m.start("tools/call", {"name": "test_guests_system_0_1_0_sleep", "arguments": {"milliseconds": 1500}})
        time.sleep(0.3)
        self.home.ok("component", "unload", "files")
        self.assertFalse(m.wait(ident, 20)["result"]["isError"])

    def test_other_bytes_under_the_same_id(self):
        self.home.load("add", ident="tool")
        m = self.serve()
        self.assertEqual(m.value("add", {"a": 1, "b": 1}), 2)
        self.home.load("echo", ident="tool")
        self.until(lambda: (m.pump(0.02), [t["name"] for t in m.tools()])[1].count(ECHO) == 1)
        self.assertEqual(m.value(ECHO, {"text": "new"}), "new")

    def test_a_change_of_policy_is_in_force_for_the_next_call(self):
        d = self.home.folder("data")
        self.home.write("data/f.txt", "seen")
        self.home.load("files")
        m = self.serve()
        tool, args = "test_guests_files_0_1_0_read-file", {"path": d + "/f.txt"}
        m.error(tool, args)
        self.home.ok("permission", "grant", "storage", "files", f"fs://{d}/**")
        self.until(lambda: not m.call(tool, args)["isError"])
        self.home.ok("permission", "revoke", "storage", "files", f"fs://{d}/**")
        self.until(lambda: m.call(tool, args)["isError"])


class Tampering(Case):
    def answer(self):
        """A value from a new session, and its log. A call that met the damage may have ended with an error, no more."""
        with harness.Mcp(self.home) as m:
            self.until(lambda: not m.call(TEXT + "echo-u8", {"v": 7})["isError"])
            return m.value(TEXT + "echo-u8", {"v": 7}), m.log()

    def test_a_flipped_byte_in_the_cache_is_found_and_compiled_again(self):
        self.home.load("text")
        for kind in ("cwasm", "manifest", "json"):
            size = os.path.getsize(self.cached(kind)[0])
            for at in (0, size // 2, size - 1):
                with self.subTest(kind=kind, at=at):
                    path = self.cached(kind)[0]
                    flip(path, at)
                    with open(path, "rb") as f:
                        bad = f.read()
                    value, log = self.answer()
                    self.assertEqual(value, 7)
                    self.assertIn("compiling", log)
                    with open(self.cached(kind)[0], "rb") as f:
                        self.assertNotEqual(f.read(), bad)
        _, log = self.answer()
        self.assertNotIn("compiling", log)

    def test_the_compiled_code_of_another_component_does_not_pass(self):
        self.home.load("text")
        mine = self.cached("cwasm")[0]
        self.home.load("echo")
        other = next(p for p in self.cached("cwasm") if p != mine)
        for kind in ("cwasm", "manifest", "json"):
            shutil.copy(other[:-5] + kind, mine[:-5] + kind)
        value, log = self.answer()
        self.assertEqual(value, 7)
        self.assertIn("compiling", log)

    def test_compiled_code_made_elsewhere_does_not_pass(self):
        stranger = harness.Home()
        self.addCleanup(stranger.close)
        for home in (stranger, self.home):
            home.load("text")
        shutil.rmtree(os.path.join(self.home.env["XDG_CACHE_HOME"], "postern"))
        shutil.copytree(os.path.join(stranger.env["XDG_CACHE_HOME"], "postern"),
                        os.path.join(self.home.env["XDG_CACHE_HOME"], "postern"))
        value, log = self.answer()
        self.assertEqual(value, 7)
        self.assertIn("compiling", log)

    def test_an_empty_or_missing_cache_is_no_harm(self):
        self.home.load("text")
        shutil.rmtree(os.path.join(self.home.env["XDG_CACHE_HOME"], "postern"))
        self.assertEqual(self.answer()[0], 7)
        for path in self.cached("cwasm") + self.cached("manifest"):
            os.truncate(path, 0)
        self.assertEqual(self.answer()[0], 7)

    def failed(self, ident, word):
        self.home.load("add", ident="other")
        with harness.Mcp(self.home) as m:
            self.assertEqual(m.value("add", {"a": 1, "b": 2}), 3)
            self.assertNotIn(ECHO, [t["name"] for t in m.tools()])
            c = self.components(m)[ident]
            self.assertEqual(c["status"], "failed")
            self.assertIn(word, c["reason"])
            answer = m.wait(m.start("tools/call", {"name": ECHO, "arguments": {"text": "x"}}))
            self.assertIn("error", answer)

    def test_a_flipped_byte_in_the_component_is_refused(self):
        self.home.load("echo")
        blob = glob.glob(os.path.join(self.home.env["XDG_DATA_HOME"], "postern/blobs/*.wasm"))[0]
        flip(blob, 200)
        shutil.rmtree(os.path.join(self.home.env["XDG_CACHE_HOME"], "postern"))
        self.failed("echo", "")
        self.assertEqual(self.home.run("tool", "invoke", "echo", ECHO, "--args", '{"text":"x"}').returncode, 3)

    def tamper(self, sql):
        with sqlite3.connect(os.path.join(self.home.env["XDG_DATA_HOME"], "postern/store.db")) as db:
            db.executescript(sql)
        db.close()

    def test_a_changed_policy_is_refused(self):
        self.home.load("echo", harness.policy(storage=[("fs:///srv/a/**", ["read"])]))
        self.home.load("add", ident="other")
        self.tamper("UPDATE policy_revisions SET yaml = replace(yaml, '/srv/a', '/etc/a') WHERE id = 'echo'")
        self.failed("echo", "")
        self.assertEqual(self.home.run("policy", "get", "echo").returncode, 3)

    def test_one_flipped_bit_of_a_policy_is_refused(self):
        self.home.load("echo", harness.policy(storage=[("fs:///srv/a/**", ["read"])]))
        path = os.path.join(self.home.env["XDG_DATA_HOME"], "postern/store.db")
        with open(path, "rb") as f:
            at = f.read().index(b"/srv/a")
        flip(path, at + 5)
        self.assertEqual(self.home.run("policy", "get", "echo").returncode, 3)
        with harness.Mcp(self.home) as m:
            self.assertNotIn(ECHO, [t["name"] for t in m.tools()])

    def test_a_policy_of_another_component_does_not_pass(self):
        self.home.load("echo")
        self.home.load("add", harness.policy(storage=[("fs:///srv/a/**", ["read"])]), ident="wide")
        self.tamper("UPDATE policy_revisions SET yaml = (SELECT yaml FROM policy_revisions WHERE id = 'wide'),"
                    " mac = (SELECT mac FROM policy_revisions WHERE id = 'wide') WHERE id = 'echo'")
        self.assertEqual(self.home.run("policy", "get", "echo").returncode, 3)

    def test_an_older_policy_put_back_is_refused(self):
        self.home.load("echo")
        self.home.ok("permission", "grant", "storage", "echo", "fs:///srv/a/**")
        self.home.ok("permission", "revoke", "storage", "echo", "fs:///srv/a/**")
        self.tamper("DELETE FROM policy_revisions WHERE id = 'echo' AND rev = 3")
        self.assertNotEqual(self.home.run("policy", "get", "echo").returncode, 0)

    def test_a_new_key_makes_everything_foreign(self):
        self.home.load("echo")
        flip(os.path.join(self.home.env["XDG_STATE_HOME"], "postern/store.key"), 0)
        self.assertNotEqual(self.home.run("tool", "invoke", "echo", ECHO, "--args", '{"text":"x"}').returncode, 0)


class Accidents(Case):
    def start(self, *args):
        return subprocess.Popen([harness.POSTERN, *args], env=self.home.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True)

    def test_killed_at_any_moment_of_a_load(self):
        self.home.load("echo")
        chance = random.Random(5)
        for n in range(30):
            p = self.start("component", "load", harness.guest("text"), "--id", "text", "--policy",
                           self.home.write("p.yaml", harness.policy(storage=[(f"fs:///srv/{n}/**", ["read"])])))
            time.sleep(chance.random() * 0.15)
            p.kill()
            p.communicate()
            listed = {c["id"] for c in self.home.json("component", "list")["components"]}
            self.assertLessEqual({"echo"}, listed)
            if "text" in listed:
                self.home.ok("policy", "get", "text")
                if n % 3 == 0:
                    self.home.ok("component", "unload", "text")
        self.home.load("text")
        with harness.Mcp(self.home) as m:
            self.assertEqual(m.value(TEXT + "echo-u8", {"v": 1}), 1)
            self.assertEqual(m.value(ECHO, {"text": "x"}), "x")
        self.assertEqual(self.home.json("component", "list")["total"], 2)
        # What the killed ones left behind is gone, and so are their helpers.
        blobs = os.listdir(os.path.join(self.home.env["XDG_DATA_HOME"], "postern/blobs"))
        self.assertEqual(len(blobs), 2, blobs)

    def test_two_loads_at_once(self):
        for ids in (["a", "b", "c", "d"], ["same"] * 4):
            runs = [self.start("component", "load", harness.guest("text"), "--id", i) for i in ids]
            for p in runs:
                out, _ = p.communicate(timeout=60)
                self.assertEqual(p.returncode, 0, out)
        self.assertEqual(self.home.json("component", "list")["total"], 5)
        self.home.ok("tool", "invoke", "same", "test_guests_greet_0_1_0_greet", "--args", '{"name":"x"}')

    def test_a_load_and_an_unload_at_once(self):
        for _ in range(4):
            runs = [self.start("component", "load", harness.guest("echo")), self.start("component", "unload", "echo"),
                    self.start("permission", "grant", "storage", "echo", "fs:///srv/x/**")]
            for p in runs:
                out, _ = p.communicate(timeout=60)
                self.assertIn(p.returncode, (0, 1), out)
        self.assertIn(self.home.json("component", "list")["total"], (0, 1))

    def test_reloading_an_unchanged_component_does_not_compile(self):
        self.home.load("text")
        before = [(p, os.stat(p).st_mtime_ns, os.stat(p).st_ino) for p in sorted(self.cached("*"))]
        self.assertEqual(self.home.json("component", "load", harness.guest("text"), "--id", "text")["reloaded"], True)
        self.home.load("text", ident="twin")
        after = [(p, os.stat(p).st_mtime_ns, os.stat(p).st_ino) for p in sorted(self.cached("*"))]
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
