# SPDX-License-Identifier: Apache-2.0
"""Example guest `words`: text statistics in plain Python."""
import re
from collections import Counter

import wit_world
from componentize_py_types import Err
from wit_world import Count, Summary


class WitWorld(wit_world.WitWorld):
    def summarize(self, text: str) -> Summary:
        words = re.findall(r"\w+", text)
        return Summary(
            lines=len(text.splitlines()),
            words=len(words),
            letters=sum(map(len, words)),
            longest=max(words, key=len, default=None),
        )

    def frequent(self, text: str, limit: int) -> list[Count]:
        if limit == 0:
            raise Err("limit must be at least 1")
        # Not most_common(): it imports a module when called, and a component has only what was imported at build time.
        counts = Counter(re.findall(r"\w+", text.lower()))
        order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [Count(word, times) for word, times in order[:limit]]
