# SPDX-License-Identifier: Apache-2.0
"""The guest `std-tools` in Python: the standard library for files, wasi:http for the web."""
import os

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.greet import Mood, Person
from wit_world.exports.web import Page
from wit_world.imports import outgoing_handler
from wit_world.imports.streams import StreamError_Closed
from wit_world.imports.types import Fields, OutgoingRequest, Scheme_Http, Scheme_Https, Scheme_Other


class Greet(exports.Greet):
    def greet(self, name: str) -> str:
        return f"Hello, {name}!"

    def add(self, a: int, b: int) -> int:
        return (a + b + 2**31) % 2**32 - 2**31

    def describe(self, who: Person, how: Mood) -> str:
        if not who.name:
            raise Err("no name")
        age = "" if who.age is None else f" ({who.age})"
        tags = f" [{', '.join(who.tags)}]" if who.tags else ""
        text = who.name + age + tags
        if how == Mood.LOUD:
            return "".join(c.upper() if c.isascii() else c for c in text)
        return text + "!" if how == Mood.GLAD else text

    def spin(self) -> None:
        while True:
            pass


class Files(exports.Files):
    def read_file(self, path: str) -> str:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeError) as error:
            raise Err(str(error)) from error

    def write_file(self, path: str, text: str) -> int:
        data = text.encode()
        try:
            with open(path, "wb") as file:
                return file.write(data)
        except OSError as error:
            raise Err(str(error)) from error

    def list_dir(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(path))
        except OSError as error:
            raise Err(str(error)) from error

    def get_env(self, name: str) -> str | None:
        return os.environ.get(name)


def request_for(url: str) -> OutgoingRequest:
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise Err("not a URL")
    authority, slash, path = rest.partition("#")[0].partition("/")
    request = OutgoingRequest(Fields())
    request.set_scheme({"http": Scheme_Http(), "https": Scheme_Https()}.get(scheme) or Scheme_Other(scheme))
    request.set_authority(authority)
    request.set_path_with_query(slash + path or "/")
    return request


def read_all(stream) -> bytes:
    parts = []
    while True:
        try:
            parts.append(stream.blocking_read(65536))
        except Err as error:
            if isinstance(error.value, StreamError_Closed):
                return b"".join(parts)
            raise Err(str(error.value)) from error


class Web(exports.Web):
    def fetch(self, url: str) -> Page:
        try:
            future = outgoing_handler.handle(request_for(url), None)
            with future.subscribe() as ready:
                ready.block()
            answer = future.get()
        except Err as error:
            raise Err(str(error.value)) from error
        try:
            response = answer.value.value
        except AttributeError as error:
            raise Err(str(answer)) from error
        if not hasattr(response, "status"):
            raise Err(str(response))
        body = response.consume()
        with body.stream() as stream:
            return Page(response.status(), read_all(stream).decode(errors="replace"))
