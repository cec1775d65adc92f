# SPDX-License-Identifier: Apache-2.0
"""Holes that were found in an existing host of this kind, one test each: none of them may be here. What other files test in depth
is tested here once, by the name of the hole."""
import glob
import os
import sys
import threading
import time
import unittest

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "ipc"))
import local_net  # noqa: E402

ECHO = "test_guests_echo_0_1_0_echo"
SYSTEM = "test_guests_system_0_1_0_"
FILES = "test_guests_files_0_1_0_"
FETCH = "test_guests_web_0_1_0_fetch"


def memory(pids):
    """Bytes that these processes keep to themselves or share (PSS)."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:")) << 10
    return total


class Holes(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)

    def serve(self, *args, **kw):
        m = harness.Mcp(self.home, *args, **kw)
        self.addCleanup(m.close)
        return m

    def store(self):
        return sorted(glob.glob(self.home.env["XDG_DATA_HOME"] + "/postern/**", recursive=True))

    # --- policies ---

    def test_process_environment_is_not_visible_without_policy(self):
        self.home.load("files")
        self.home.env["FAKE_TOKEN"] = "fake-for-test"
        m = self.serve()
        self.assertEqual(m.value(SYSTEM + "environment"), [])

    def test_reset_permission_does_not_widen_access(self):
        d = self.home.folder("d")
        self.home.write("d/f", "x")
        self.home.env["FAKE_TOKEN"] = "fake-for-test"
        self.home.load("files", harness.policy(storage=[(f"fs://{d}/**", ["read"])], limits={"write": "1MiB"}))
        self.home.ok("permission", "reset", "files")
        m = self.serve("--allow-management")
        m.call("reset-permission", {"component_id": "files"})
        self.assertEqual(m.value(SYSTEM + "environment"), [])
        m.error(FILES + "read-file", {"path": d + "/f"})
        self.assertIn("1048576", self.home.ok("policy", "get", "files").replace("1MiB", "1048576"))

    def test_server_arguments_are_not_visible(self):
        self.home.load("files")
        self.assertEqual(self.serve("--allow-management").value(SYSTEM + "arguments"), [])

    def test_secrets_are_not_environment_variables_without_a_grant(self):
        self.home.settings('environment:\n  FAKE_KEY: "fake-for-test"\n')
        self.home.load("files")
        self.assertEqual(self.serve().value(SYSTEM + "environment"), [])

    def test_deny_is_enforced(self):
        d = self.home.folder("d")
        self.home.write("d/f", "x")
        self.home.load("files", harness.policy(storage=[(f"fs://{d}/**", ["read"])], deny_storage=[(f"fs://{d}/f", ["read"])]))
        self.serve().error(FILES + "read-file", {"path": d + "/f"})

    def test_nothing_in_a_policy_is_parsed_and_ignored(self):
        for part in ('io: {}', 'ipc: {allow: [{uri: "pipe://x"}]}', 'runtime: {docker: {security: {}}}', 'network: {allow: [{hosts: "a"}]}',
                     'network: {allow: [{host: "a.example", port: 1}]}', 'storage: {allow: [{uri: "fs://relative", access: [read]}]}',
                     'resources: {limits: {disk: "1Gi"}}'):
            path = self.home.write("p.yaml", 'version: "1.0"\npermissions:\n  ' + part + "\n")
            with self.subTest(part=part):
                r = self.home.run("component", "load", harness.guest("echo"), "--policy", path)
                self.assertNotEqual(r.returncode, 0)
                self.assertIn("p.yaml:3:", r.stderr)
        self.assertEqual(self.home.json("component", "list")["total"], 0)

    def test_an_agent_cannot_grant_itself_anything(self):
        self.home.load("echo")
        for args in ((), ("--allow-management",)):
            m = self.serve(*args)
            m.send({"jsonrpc": "2.0", "id": "g", "method": "tools/call", "params": {"name": "grant-network-permission", "arguments": {
                "component_id": "echo", "details": {"host": "evil.example"}}}})
            answer = m.wait("g")
            self.assertTrue("error" in answer or answer["result"]["isError"])
        self.assertNotIn("evil", self.home.ok("policy", "get", "echo"))

    def test_a_policy_beside_the_component_is_not_applied_silently(self):
        with open(harness.guest("files"), "rb") as f:
            path = self.home.write("in/tool.wasm", f.read())
        self.home.write("in/tool.policy.yaml", harness.policy(storage=[("fs:///etc/**", ["read"])]))
        self.assertIn("tool.policy.yaml. Nothing of that is granted", self.home.ok("component", "load", path))
        self.assertNotIn("/etc", self.home.ok("policy", "get", "tool"))
        self.serve().error(FILES + "read-file", {"path": "/etc/passwd"})

    # --- the store ---

    def test_unload_component_cannot_leave_the_store(self):
        self.home.load("echo")
        self.home.write("data/x.wasm", "precious")
        before = self.store()
        m = self.serve("--allow-management")
        for ident in ("../../x", "../x", "..", ".", "/etc/passwd", "x/../../x", "%2e%2e/x", "..\\x", "", "-r", self.home.path):
            m.error("unload-component", {"id": ident})
            self.assertNotEqual(self.home.run("component", "unload", "--", ident).returncode, 0)
        self.assertTrue(os.path.exists(self.home.path + "/data/x.wasm"))
        m.close()
        self.assertEqual([p for p in self.store() if "store.db-" not in p], [p for p in before if "store.db-" not in p])

    def test_a_file_name_cannot_leave_the_store(self):
        with open(harness.guest("add"), "rb") as f:
            data = f.read()
        for name in ("..wasm", "...wasm", "a b.wasm", "-x.wasm", "\u202ename.wasm", "UP.wasm"):
            self.home.run("component", "load", self.home.write("in/" + name, data))
        for c in self.home.json("component", "list")["components"]:
            self.assertRegex(c["id"], r"\A[a-z0-9][a-z0-9._-]*\Z")

    def test_planted_compiled_code_is_not_loaded(self):
        self.home.load("echo")
        for path in glob.glob(self.home.env["XDG_CACHE_HOME"] + "/postern/compiled/*.cwasm"):
            with open(path, "wb") as f:
                f.write(b"\x7fELF planted")
        m = self.serve()
        end = time.monotonic() + 30
        while m.call(ECHO, {"text": "x"})["isError"]:
            self.assertLess(time.monotonic(), end)
        self.assertIn("compiling", m.log())

    def test_an_unchanged_component_is_not_compiled_again(self):
        self.home.load("echo")
        stamps = {p: os.stat(p).st_mtime_ns for p in glob.glob(self.home.env["XDG_CACHE_HOME"] + "/postern/compiled/*")}
        self.home.load("echo")
        self.serve().value(ECHO, {"text": "x"})
        self.assertEqual(stamps, {p: os.stat(p).st_mtime_ns for p in glob.glob(self.home.env["XDG_CACHE_HOME"] + "/postern/compiled/*")})

    # --- components ---

    def test_a_component_cannot_shadow_a_built_in_tool(self):
        self.home.load("same-names")
        m = self.serve("--allow-management")
        answer = m.wait(m.start("tools/call", {"name": "reset-permission", "arguments": {"component_id": "none"}}))
        self.assertIn("Error", answer["result"]["content"][0]["text"])
        self.assertEqual(m.value("same-names_reset-permission"), 2)

    def test_two_components_of_one_tool_name_both_work(self):
        self.home.load("echo", ident="one")
        self.home.load("echo", ident="two")
        m = self.serve()
        self.assertEqual([m.value(f"{i}_{ECHO}", {"text": i}) for i in ("one", "two")], ["one", "two"])

    def test_a_name_over_128_characters_is_no_crash(self):
        self.home.load("odd/long-names")
        self.assertEqual(self.serve().value("a" * 128), 1)

    def test_a_function_that_returns_a_resource_is_no_crash(self):
        self.home.load("resource")
        m = self.serve()
        self.assertIn("resource", m.error("make"))
        self.assertEqual(m.value("fine"), 42)

    def test_a_string_whose_200th_byte_splits_a_character_is_no_crash(self):
        self.home.load("echo")
        m = self.serve()
        for shift in range(195, 203):
            for char in ("\u00e9", "\u20ac", "\U0001f600"):
                text = "a" * shift + char * 3
                self.assertEqual(m.value(ECHO, {"text": text}), text)
                m.error(ECHO, {"text": [text]})

    def test_an_error_of_the_tool_is_an_error_of_the_call(self):
        self.home.load("text")
        self.assertTrue(self.serve().call("test_guests_text_0_1_0_check", {"good": False})["isError"])

    def test_optional_fields_are_not_required(self):
        self.home.load("text")
        m = self.serve()
        schema = {t["name"]: t for t in m.tools()}["test_guests_text_0_1_0_echo-record"]["inputSchema"]
        self.assertEqual(schema["properties"]["v"]["required"], ["x", "y"])
        m.value("test_guests_text_0_1_0_echo-record", {"v": {"x": 1, "y": 2}})

    def test_a_loop_ends_without_any_policy(self):
        self.home.load("spin")
        self.assertIn("limits.", self.serve().error("spin"))

    def test_two_looping_guests_do_not_freeze_the_server(self):
        self.home.load("spin", harness.policy(limits={"fuel": 100_000_000_000, "wall_time": "2s"}))
        self.home.load("echo")
        m = self.serve()
        loops = [m.start("tools/call", {"name": "spin", "arguments": {}}) for _ in range(2)]
        for n in range(20):
            self.assertEqual(m.value(ECHO, {"text": str(n)}, 5), str(n))
        for ident in loops:
            self.assertTrue(m.wait(ident)["result"]["isError"])

    # --- network ---

    def test_names_do_not_resolve_for_a_component_with_another_grant(self):
        dns = local_net.Dns({"leak.example": [["203.0.113.9"]], "ok.example": [["203.0.113.9"]]})
        self.home.settings(f'egress:\n  resolver: "{dns.at}"\n')
        self.home.load("fetch", harness.policy(network=[{"host": "granted.example"}]))
        m = self.serve()
        m.error(FETCH, {"url": "https://secret-data.leak.example/"})
        self.assertEqual(dns.asked, [])

    def test_a_granted_name_does_not_reach_private_addresses(self):
        server = local_net.serve()
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        for n, address in enumerate(("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0")):
            dns = local_net.Dns({"rebound.example": [[address]]})
            self.home.settings(f'egress:\n  resolver: "{dns.at}"\n')
            self.home.load("fetch", harness.policy(network=[{"host": "rebound.example", "ports": [port], "schemes": ["http"]}]))
            with harness.Mcp(self.home) as m:
                self.assertIn("IP-prohibited", m.error(FETCH, {"url": f"http://rebound.example:{port}/"}), address)
        self.assertEqual(server.connections, 0)

    def test_redirects_are_not_followed_past_the_policy(self):
        server = local_net.serve()
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        local_net.Handler.seen.clear()
        self.home.load("fetch", harness.policy(network=[{"cidr": "127.0.0.1/32", "ports": [port], "schemes": ["http"]}]))
        self.assertEqual(self.serve().value(FETCH, {"url": f"http://127.0.0.1:{port}/redirect"})["status"], 302)
        self.assertEqual(len(local_net.Handler.seen), 1)

    def test_downloads_are_bounded(self):
        server = local_net.serve()
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        self.home.load("fetch", harness.policy(network=[{"cidr": "127.0.0.1/32", "ports": [port], "schemes": ["http"]}],
                                               limits={"fuel": 100_000_000_000}))
        text = self.serve().error("test_guests_http-client_0_1_0_download", {"url": f"http://127.0.0.1:{port}/chunks/2000"})
        self.assertRegex(text, "body-size|limits.response")

    # --- stdio ---

    def test_guest_output_does_not_reach_the_mcp_stream(self):
        self.home.load("forger")
        m = self.serve()
        self.assertEqual(m.value("forge"), "harmless")
        while m.pump(0.2):
            pass
        self.assertEqual((m.notices, m.requests, m.answers), ([], [], {}))

    def test_it_exits_when_stdin_closes(self):
        self.home.load("echo")
        m = self.serve()
        m.value(ECHO, {"text": "x"})
        everyone = harness.children(m.p.pid)
        m.p.stdin.close()
        self.assertEqual(m.p.wait(20), 0)
        self.assertFalse([p for p in everyone if os.path.exists(f"/proc/{p}/exe") and harness.command_of(p).startswith("postern")])

    def test_calls_right_after_initialize_do_not_fail_while_components_load(self):
        """The cache is gone, so that each has to be compiled first."""
        for name in ("echo", "text", "files"):
            self.home.load(name)
        for path in glob.glob(self.home.env["XDG_CACHE_HOME"] + "/postern/compiled/*"):
            os.unlink(path)
        m = self.serve()
        ids = [m.start("tools/call", {"name": tool, "arguments": args}) for tool, args in (
            (ECHO, {"text": "x"}), ("test_guests_greet_0_1_0_greet", {"name": "x"}), (SYSTEM + "arguments", {})) * 5]
        for ident in ids:
            answer = m.wait(ident)
            self.assertFalse(answer.get("result", {}).get("isError", True), answer)

    def test_no_call_is_lost_with_many_large_arguments_in_flight(self):
        self.home.load("echo")
        m = self.serve()
        m.value(ECHO, {"text": "warm"})
        texts = [str(n) + "x" * size for n, size in enumerate([1024, 5000, 70000, 1 << 18] * 100)]
        sent = {}
        writer = threading.Thread(target=lambda: [sent.__setitem__(
            m.start("tools/call", {"name": ECHO, "arguments": {"text": t}}), t) for t in texts])
        writer.start()
        while writer.is_alive():
            m.pump(0.05)
        for ident, text in sent.items():
            self.assertEqual(m.wait(ident)["result"]["content"][0]["text"], text)
        self.assertEqual((len(sent), m.answers), (400, {}))

    def test_memory_does_not_grow_per_call(self):
        self.home.load("echo")
        m = self.serve()

        def calls(count):
            for _ in range(count // 50):
                for ident in [m.start("tools/call", {"name": ECHO, "arguments": {"text": "x" * 200}}) for _ in range(50)]:
                    m.wait(ident)

        calls(3000)
        everyone = [m.p.pid] + harness.children(m.p.pid)
        self.assertGreaterEqual(len(everyone), 3)
        before = memory(everyone)
        calls(10000)
        self.assertLess(memory(everyone) - before, 2 << 20)  # 0.2 KiB for each call would be as much

    def test_a_grant_over_the_store_does_not_open_the_store(self):
        home = self.home.path  # holds data/postern, state/postern with the key, cache and config
        self.home.load("files", harness.policy(storage=[(f"fs://{home}/**", ["read", "write"])]))
        self.home.write("free.txt", "free")
        os.chmod(home + "/state", 0o755)  # so that only the policy stands before it
        read, names = "test_guests_files_0_1_0_read-file", "test_guests_files_0_1_0_list-dir"
        with harness.Mcp(self.home) as m:
            self.assertEqual(m.value(read, {"path": home + "/free.txt"}), "free")
            for inside in ("state/postern/store.key", "data/postern/store.db"):
                self.assertTrue(os.path.exists(os.path.join(home, inside)))
                m.error(read, {"path": f"{home}/{inside}"})
            self.assertNotIn("postern", m.value(names, {"path": home + "/state"}))


if __name__ == "__main__":
    unittest.main()
