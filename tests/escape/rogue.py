# SPDX-License-Identifier: Apache-2.0
"""A copy of the build in which the worker of slot 1 is rogue_worker.py, in front of the real supervisor, gateway and egress."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "ipc"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import harness  # noqa: E402

ECHO = "test_guests_echo_0_1_0_echo"


class RogueHome(harness.Home):
    """Components: a-rogue (slot 1, whose tool is prefixed as both have the same) and victim."""

    def __init__(self, policy=None):
        super().__init__()
        src = os.path.join(harness.BUILD, "src")
        lay = os.path.join(self.path, "lay")
        os.makedirs(os.path.join(lay, "cli"))
        shutil.copy(harness.POSTERN, os.path.join(lay, "cli", "postern"))
        for role in ("gateway", "egress", "compiler", "worker"):
            os.makedirs(os.path.join(lay, "roles", role))
            program = os.path.join(src, "roles", role, "postern-" + role)
            os.symlink(program, os.path.join(lay, "roles", role, "real-worker" if role == "worker" else "postern-" + role))
        os.symlink(os.path.join(HERE, "rogue_worker.py"), os.path.join(lay, "roles", "worker", "postern-worker"))
        self.postern = os.path.join(lay, "cli", "postern")
        self.load("add", ident="victim")
        self.load("echo", policy or harness.policy(limits={"wall_time": "4s"}), ident="a-rogue")


def serve(home, **kw):
    """A client of the server with the rogue in it."""
    saved, harness.POSTERN = harness.POSTERN, home.postern
    try:
        return harness.Mcp(home, **kw)
    finally:
        harness.POSTERN = saved
