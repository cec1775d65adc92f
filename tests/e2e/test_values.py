# SPDX-License-Identifier: Apache-2.0
"""Values of every type, through the real server and back; what is no such value is refused by name; what comes out is what the
tool's own schema says."""
import base64
import json
import math
import unittest

import jsonschema

import harness

TEXT = "test_guests_text_0_1_0_"
META = jsonschema.Draft202012Validator
WIDE = [f"f{n}" for n in range(32)]
NODE = {"id": "18446744073709551615", "name": "knot \U0001f600", "colour": "deep-blue", "style": ["bold", "under-line"],
        "raw": "AP/+", "shapes": [{"tag": "nothing"}, {"tag": "dot", "val": {"x": -1, "y": 2, "label": "here"}},
                                  {"tag": "line", "val": [{"x": 0, "y": 0, "label": None}, {"x": 1, "y": 1, "label": ""}]},
                                  {"tag": "polygon", "val": []}, {"tag": "caption", "val": "\" \\ \n \u2028"},
                                  {"tag": "area", "val": "-Infinity"}, {"tag": "serial", "val": 9007199254740991}]}
BARE_NODE = {"id": 0, "name": "", "shapes": [], "colour": None, "style": [], "raw": ""}

# What comes back is what went in.
SAME = [
    ("echo-bool", [True, False]),
    ("echo-s8", [-128, 127]), ("echo-u8", [0, 255]), ("echo-s16", [-32768, 32767]), ("echo-u16", [0, 65535]),
    ("echo-s32", [-2**31, 2**31 - 1]), ("echo-u32", [0, 2**32 - 1]),
    ("echo-s64", [0, -(2**53) + 1, 2**53 - 1, "9007199254740993", str(-2**63), str(2**63 - 1)]),
    ("echo-u64", [0, 2**53 - 1, "9007199254740993", str(2**64 - 1)]),
    ("echo-f32", [0.5, -1.5, 3.4028235e38, "NaN", "Infinity", "-Infinity"]),
    ("echo-f64", [0.1, -1.7976931348623157e308, 5e-324, 2.5e-8, "NaN", "Infinity", "-Infinity"]),
    ("echo-char", ["a", "\"", "\n", "\u00e9", "\ud7ff", "\ue000", "\U0001f600", "\U0010ffff"]),
    ("echo-string", ["", "plain", "quote \" back \\ tab \t", "\u2028\u2029", "\U0001f600" * 50, "\u0001\u001f\u007f"]),
    ("echo-bytes", ["", "AA==", "AP8=", base64.b64encode(bytes(range(256))).decode()]),
    ("echo-strings", [[], ["", "a", "\U0001f600"]]),
    ("echo-floats", [[], [1.5, "NaN", "-Infinity"]]),
    ("echo-longs", [[], [1, str(-2**63)]]),
    ("echo-chars", [[], ["x", "\U0001f600"]]),
    ("echo-grid", [[], [[]], [[1, 2], [], [2**32 - 1]]]),
    ("echo-option", [None, 0, 7]),
    ("echo-option-option", [None, {"some": None}, {"some": "x"}]),
    ("echo-record", [{"x": 1, "y": -1, "label": None}, {"x": 1, "y": -1, "label": "null"}]),
    ("echo-tuple", [["s", 1, True], ["", str(-2**63), False]]),
    ("echo-variant", NODE["shapes"]),
    ("echo-enum", ["red", "green", "deep-blue"]),
    ("echo-flags", [[], ["bold"], ["bold", "italic", "under-line"]]),
    ("echo-wide", [[], WIDE, WIDE[::3]]),
    ("echo-nodes", [[], [NODE, BARE_NODE]]),
    ("echo-forest", [[], [[], [NODE], [BARE_NODE, NODE]]]),
]

# What comes back is the same value in its usual spelling.
SPELLED = [
    ("echo-s64", "-0", 0), ("echo-s64", "12", 12), ("echo-u64", 2**64 - 1, str(2**64 - 1)), ("echo-s64", -2**63, str(-2**63)),
    ("echo-u32", 1e3, 1000), ("echo-f64", 7, 7), ("echo-f32", 0.10000000149, 0.1),
    ("echo-bytes", [0, 255, 1], "AP8B"), ("echo-bytes", [], ""),
    ("echo-record", {"y": 2, "x": 1}, {"x": 1, "y": 2, "label": None}),
    ("echo-flags", ["under-line", "bold"], ["bold", "under-line"]),
]

# Refused: (tool, value, JSON pointer, what is expected, what came instead).
REFUSED = [
    ("echo-bool", 1, "/v", "boolean", "number"), ("echo-bool", "true", "/v", "boolean", "string"),
    ("echo-bool", None, "/v", "boolean", "null"),
    ("echo-u8", 256, "/v", "u8", "256"), ("echo-u8", -1, "/v", "u8", "-1"), ("echo-u8", 1.5, "/v", "u8", "1.5"),
    ("echo-s8", -129, "/v", "s8", "-129"), ("echo-s16", 32768, "/v", "s16", "32768"),
    ("echo-s32", "1", "/v", "s32", "string"), ("echo-u32", 2**32, "/v", "u32", "4294967296"),
    ("echo-s64", str(2**63), "/v", "s64", ""), ("echo-u64", "-1", "/v", "u64", ""), ("echo-u64", "0x10", "/v", "u64", ""),
    ("echo-u64", 2**64, "/v", "u64", ""), ("echo-u64", "", "/v", "u64", ""), ("echo-u64", " 1", "/v", "u64", ""),
    ("echo-f64", "nan", "/v", "number", "string"), ("echo-f64", "1", "/v", "number", "string"),
    ("echo-f64", True, "/v", "number", "boolean"),
    ("echo-char", "", "/v", "char", ""), ("echo-char", "ab", "/v", "char", ""), ("echo-char", 97, "/v", "char", "number"),
    ("echo-char", "e\u0301", "/v", "char", ""),
    ("echo-string", 1, "/v", "string", "number"), ("echo-string", ["a"], "/v", "string", "array"),
    ("echo-bytes", "AA", "/v", "base64", ""), ("echo-bytes", "A===", "/v", "base64", ""),
    ("echo-bytes", "AA==\n", "/v", "base64", ""), ("echo-bytes", [256], "/v/0", "u8", "256"),
    ("echo-strings", ["a", 1], "/v/1", "string", "number"), ("echo-strings", {}, "/v", "array", "object"),
    ("echo-grid", [[1], [2, -1]], "/v/1/1", "u32", "-1"),
    ("echo-option", "x", "/v", "u32", "string"),
    ("echo-option-option", "x", "/v", "some", "string"), ("echo-option-option", {"some": 1}, "/v/some", "string", "number"),
    ("echo-record", {"x": 1}, "/v", "y", ""), ("echo-record", {"x": 1, "y": 1, "z": 1}, "/v/z", "no such name", "label"),
    ("echo-record", {"x": 1, "y": "q"}, "/v/y", "s32", "string"), ("echo-record", [], "/v", "object", "array"),
    ("echo-tuple", ["s", 1], "/v", "3", "2"), ("echo-tuple", ["s", 1, True, 1], "/v", "3", "4"),
    ("echo-tuple", ["s", "x", True], "/v/1", "s64", ""),
    ("echo-variant", {"tag": "blob"}, "/v/tag", "caption", "another string"), ("echo-variant", {"tag": "dot"}, "/v", "val", ""),
    ("echo-variant", {"tag": "dot", "val": {"x": 1}}, "/v/val", "y", ""), ("echo-variant", {}, "/v", "tag", ""),
    ("echo-variant", {"tag": "nothing", "val": 1}, "/v", "`tag` and nothing else", ""),
    ("echo-variant", {"tag": "line", "val": [{"x": 1, "y": 1}, {"x": 1, "y": None}]}, "/v/val/1/y", "s32", "null"),
    ("echo-enum", "blue", "/v", "deep-blue", "another string"), ("echo-enum", 0, "/v", "", "number"),
    ("echo-flags", ["bald"], "/v/0", "under-line", "another string"), ("echo-flags", ["bold", "bold"], "/v/1", "names", "a name twice"),
    ("echo-flags", {"bold": True}, "/v", "array", "object"), ("echo-wide", ["f32"], "/v/0", "f9 and 22 more", "another string"),
    ("echo-result", {}, "/v", "ok", ""), ("echo-result", {"ok": 1, "err": "x"}, "/v", "ok", ""),
    ("echo-result", {"ok": "x"}, "/v/ok", "u32", "string"), ("echo-result", {"err": 1}, "/v/err", "string", "number"),
    ("echo-nodes", [{**NODE, "shapes": [{"tag": "polygon", "val": [{"x": 1, "y": 2}, {"x": 1, "y": 2, "label": 3}]}]}],
     "/v/0/shapes/0/val/1/label", "string", "number"),
]


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = harness.Home()
        cls.home.load("text")
        cls.mcp = harness.Mcp(cls.home)
        cls.tools = {t["name"]: t for t in cls.mcp.tools()}

    @classmethod
    def tearDownClass(cls):
        cls.mcp.close()
        cls.home.close()

    def call(self, tool, **arguments):
        """The value of a call, after checking that schemas and both forms of the result agree."""
        schema = self.tools[TEXT + tool]
        result = self.mcp.call(TEXT + tool, arguments)
        self.assertFalse(result["isError"], (tool, arguments, result))
        META(schema["inputSchema"]).validate(arguments)
        META(schema["outputSchema"]).validate(result["structuredContent"])
        value = result["structuredContent"]["result"]
        text = result["content"][0]["text"]
        self.assertEqual(text if isinstance(value, str) else json.loads(text), value)
        return value

    def test_every_type_comes_back_as_it_went_in(self):
        for tool, values in SAME:
            for value in values:
                with self.subTest(tool=tool, value=str(value)[:60]):
                    back = self.call(tool, v=value)
                    self.assertEqual(back, value)
                    self.assertIs(type(back), type(value) if value is not None else type(None))

    def test_every_echo_of_the_guest_is_covered(self):
        covered = {t for t, _ in SAME} | {"echo-result", "echo-result-bare", "echo-result-ok", "echo-result-err"}
        offered = {n[len(TEXT):] for n in self.tools if n.startswith(TEXT + "echo-")}
        self.assertEqual(offered, covered)

    def test_other_spellings_are_understood(self):
        for tool, value, back in SPELLED:
            with self.subTest(tool=tool, value=value):
                result = self.mcp.value(TEXT + tool, {"v": value})
                self.assertEqual(result, back)

    def test_results_inside_values(self):
        point = {"x": 1, "y": 2, "label": None}
        for tool, values in (("echo-result", [{"ok": 7}, {"err": "no"}]), ("echo-result-bare", [{"ok": None}, {"err": None}]),
                             ("echo-result-ok", [{"ok": point}, {"err": None}]),
                             ("echo-result-err", [{"ok": None}, {"err": {"tag": "too-long", "val": 3}}])):
            for value in values:
                with self.subTest(tool=tool, value=value):
                    self.assertEqual(self.call(tool, v=value), [value])

    def test_refusals_name_the_place_the_type_and_the_kind(self):
        for tool, value, pointer, expected, got in REFUSED:
            with self.subTest(tool=tool, value=str(value)[:60]):
                text = self.mcp.error(TEXT + tool, {"v": value})
                self.assertRegex(text, "^Error: " + pointer + ": ")
                self.assertIn(expected, text)
                self.assertIn(got, text)
                self.assertLess(len(text), 500)

    def test_what_the_schema_refuses_is_refused(self):
        """The schema says no to nearly everything that the server refuses (base64 and 64-bit ranges are beyond it)."""
        beyond = {"echo-bytes", "echo-s64", "echo-u64", "echo-char"}
        for tool, value, *_ in REFUSED:
            if tool in beyond:
                continue
            with self.subTest(tool=tool, value=str(value)[:60]):
                self.assertFalse(META(self.tools[TEXT + tool]["inputSchema"]).is_valid({"v": value}))

    def test_arguments_of_the_whole_call(self):
        self.assertIn("v", self.mcp.error(TEXT + "echo-u8", {}))
        self.assertIn("w", self.mcp.error(TEXT + "echo-u8", {"v": 1, "w": 2}))
        self.assertEqual(self.mcp.value(TEXT + "echo-option", {}), None)
        self.assertIsNone(self.call("nothing"))
        answer = self.mcp.wait(self.mcp.start("tools/call", {"name": TEXT + "nothing"}))
        self.assertFalse(answer["result"]["isError"])

    def test_a_number_that_json_can_write_but_python_cannot(self):
        for text in ("1e400", "123456789012345678901234567890", "-0.0", "1E+2"):
            self.mcp.send_raw('{"jsonrpc":"2.0","id":"n","method":"tools/call","params":{"name":"%secho-u8",'
                              '"arguments":{"v":%s}}}\n' % (TEXT, text))
            answer = self.mcp.wait("n")
            self.assertEqual(answer["result"]["isError"], text in ("1e400", "123456789012345678901234567890"), answer)

    def test_a_key_given_twice_is_refused(self):
        self.mcp.send_raw('{"jsonrpc":"2.0","id":"d","method":"tools/call","params":{"name":"%secho-u8",'
                          '"arguments":{"v":1,"v":2}}}\n' % TEXT)
        answer = self.mcp.wait_any("d", None)
        self.assertTrue("error" in answer or answer["result"]["isError"], answer)

    def test_more_arguments_than_registers(self):
        self.assertEqual(self.call("many", a=255, b=65535, c=2**32 - 1, d=str(2**64 - 1), e=-128, f=-32768, g=-2**31,
                                   h=str(-2**63), i=True, j="x", k="", l="\U0001f600"),
                         "255,65535,4294967295,18446744073709551615,-128,-32768,-2147483648,-9223372036854775808,true,x,,"
                         "\U0001f600")

    def test_extremes(self):
        self.assertEqual(self.call("extremes"), [-128, 127, -32768, 32767, -2**31, 2**31 - 1, str(-2**63), str(2**63 - 1), 255,
                                                 65535, 2**32 - 1, str(2**64 - 1)])

    def test_odd_floats(self):
        floats = self.call("odd-floats")
        self.assertEqual(floats[:3], ["NaN", "Infinity", "-Infinity"])
        self.assertEqual(floats[4], 5e-324)
        text = self.mcp.call(TEXT + "odd-floats")["content"][0]["text"]
        minus = json.loads(text, parse_int=float)[3]
        self.assertEqual((minus, math.copysign(1, minus)), (0, -1))

    def test_odd_string(self):
        text = self.call("odd-string")
        for scalar in "\"\\/\b\f\n\r\t\u0001\u001f\u007f\u0080\u2028\u202e\ufeff\ufffe\uffff\U0001f600\U0010ffff":
            self.assertIn(scalar, text)

    def test_the_error_of_a_result_is_an_error_of_the_tool(self):
        for text, problem in (("", {"tag": "empty"}), ("long", {"tag": "too-long", "val": 4}),
                              ("damn", {"tag": "bad-word", "val": "damn"})):
            result = self.mcp.call(TEXT + "judge", {"text": text})
            self.assertIs(result["isError"], True)
            self.assertEqual(json.loads(result["content"][0]["text"]), problem)
        self.assertTrue(self.mcp.call(TEXT + "check", {"good": False})["isError"])
        self.assertFalse(self.mcp.call(TEXT + "check", {"good": True})["isError"])
        self.assertIsInstance(self.call("judge", text="fine"), str)

    def test_text_of_multi_byte_characters_at_every_offset(self):
        for shift in range(4):
            text = "a" * shift + "\U0001f600" * 80
            self.assertEqual(self.call("echo-string", v=text), text)
            self.assertEqual(self.call("count", text=text), shift + 80)

    def test_large_values(self):
        text = "\u00e9\"\\" * 100000
        self.assertEqual(self.call("echo-string", v=text), text)
        raw = base64.b64encode(bytes(range(251)) * 2000).decode()
        self.assertEqual(self.call("echo-bytes", v=raw), raw)

    def test_each_call_has_an_instance_of_its_own(self):
        self.assertEqual([self.call("calls") for _ in range(3)], [1, 1, 1])

    def test_a_trap_ends_one_call(self):
        self.assertIn("unreachable", self.mcp.error(TEXT + "crash"))
        self.assertEqual(self.call("echo-u8", v=1), 1)

    def test_schemas_are_json_schema_2020_12(self):
        self.assertGreater(len(self.tools), 30)
        for tool in self.tools.values():
            for key in ("inputSchema", "outputSchema"):
                if key in tool:
                    META.check_schema(tool[key])
                    self.assertEqual(tool[key]["type"], "object")
            self.assertRegex(tool["name"], r"\A[A-Za-z0-9_.-]{1,128}\Z")


if __name__ == "__main__":
    unittest.main()
