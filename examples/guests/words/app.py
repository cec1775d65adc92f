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
        counts = Counter(re.findall(r"\w+", text.lower()))
        return [Count(word, times) for word, times in counts.most_common(limit)]
