"""Damage to files, values and texts, as disks, editors, spreadsheets and attackers do it."""

from __future__ import annotations

import bz2
import copy
import gzip
import json
import lzma
import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

ODD_TEXTS = (
    "",
    " ",
    "\u2028",
    "a\u2028b",
    "\ud800",
    "\ud83d!",
    "\x00",
    "\x1b[31mred",
    "\u202egnp.exe",
    "\ufeffx",
    "\x85",
    "\ufffd",
    "NaN",
    "nan",
    "null",
    "None",
    "-1",
    "1e999",
    "../../etc/passwd",
    "/",
    "<|im_end|>",
    "[INST]",
    "</data>",
    "\uff1cdata\uff1e",
    "\u200b",
    "x" * 5000,
    "\u0301" * 300,
    "é" * 40,
    "-dash",
    "--k",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "0000-00-00",
    "2020-13-45",
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63), 10**30, 1e308, -1e308, 1e-320, 0.5, True, False)
NOT_FINITE = (float("nan"), float("inf"), -float("inf"))
_TOKENS = (
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x00",
    b"\xe2\x80\xa8",
    b"\xc2\x85",
    b'"',
    b"'",
    b",",
    b"{",
    b"}",
    b"[" * 2000,
    b"1e999",
    b"NaN",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\xff",
    b"9" * 400,
)


def odd_value(rng: random.Random, depth: int = 0) -> Any:
    """A value that JSON can hold and that few readers expect."""
    kind = rng.randrange(8)
    if kind < 2:
        return rng.choice(ODD_TEXTS)
    if kind < 4:
        return rng.choice(ODD_NUMBERS)
    if kind == 4:
        return rng.choice(NOT_FINITE)
    if kind == 5 or depth > 2:
        return rng.choice([None, [], {}])
    if kind == 6:
        return [odd_value(rng, depth + 1) for _ in range(rng.randrange(1, 4))]
    return {rng.choice(["name", "class", "tensor", "a", ""]): odd_value(rng, depth + 1)}


def odd_json(rng: random.Random, value: Any) -> Any:
    """A copy of plain data with one or two entries replaced, removed, or put in place of another."""
    content = copy.deepcopy(value)
    for _ in range(rng.choice([1, 1, 2])):
        places = list(_places(content))
        if not places:
            return odd_value(rng)
        owner, key = rng.choice(places)
        action = rng.randrange(6)
        if action == 0:
            del owner[key]
        elif action == 1:
            other, name = rng.choice(places)
            owner[key] = copy.deepcopy(other[name]) if _has(other, name) else None
        elif action == 2 and isinstance(owner, dict):
            owner[rng.choice(["x", "", "class", "name", str(key) + "s"])] = odd_value(rng)
        else:
            owner[key] = odd_value(rng)
    return content if rng.random() < 0.97 else odd_value(rng)


def json_text(rng: random.Random, value: Any) -> str:
    """JSON, with ``1e999`` for infinity now and then, and text as escapes or as it is."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    return text.replace("Infinity", "1e999") if rng.random() < 0.5 else text


def to_bytes(text: str) -> bytes:
    """Bytes of a text, also of one that UTF-8 does not have."""
    return text.encode("utf-8", errors="surrogatepass")


def odd_bytes(rng: random.Random, content: bytes) -> bytes:
    """A damaged copy of the content of a file."""
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        size = len(content)
        start = rng.randrange(size + 1)
        end = min(size, start + rng.choice([1, 2, 8, 64, 512]))
        action = rng.randrange(11)
        if action <= 2 and size:
            place = rng.randrange(size)
            content = content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]
        elif action == 3:
            content = content[:start]
        elif action == 4:
            content = content[:end] + content[start:]
        elif action == 5:
            content = content[:start] + content[end:]
        elif action == 6:
            content = content[:start] + rng.randbytes(end - start) + content[end:]
        elif action == 7:
            content = content[:start] + bytes(end - start) + content[end:]
        elif action == 8:
            content = content.replace(b"\n", rng.choice([b"\r", b"\r\n", b"\xe2\x80\xa8", b"\n\n", b""]))
        elif action == 9 and rng.random() < 0.2:
            content = rng.choice([b"", b"\n", b"\x00", b"{}", b"[]", b"null", b"\xef\xbb\xbf", content * 3])
        else:
            content = content[:start] + rng.choice(_TOKENS) + content[start:]
    return content


def odd_text(rng: random.Random, length: int = 12) -> str:
    """A text of pieces that break readers, prompts and terminals."""
    pieces = []
    for _ in range(rng.randrange(1, length)):
        kind = rng.randrange(5)
        if kind == 0:
            pieces.append(chr(rng.randrange(0x20)))
        elif kind == 1:
            pieces.append(chr(rng.randrange(0x110000)))
        elif kind == 2:
            pieces.append(rng.choice(ODD_TEXTS))
        else:
            pieces.append(rng.choice(["a film", "word ", "Ünï", "!", "\n", '"', "{", "<", "]", "likes"]))
    return "".join(pieces)


_PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def packed(rng: random.Random, content: bytes) -> tuple[str, bytes]:
    """Suffix and packed content."""
    suffix = rng.choice([*_PACK])
    return suffix, _PACK[suffix](content)


@cache
def bomb(unit: bytes, size: int = 2 << 30) -> bytes:
    """A small gzip file that unpacks to ``size`` bytes."""
    block = gzip.compress(unit * ((1 << 24) // len(unit)), 1)
    return block * (size >> 24)


def copy_with_damage(rng: random.Random, source: Path, folder: Path) -> str:
    """Copies a folder with one file damaged, as bytes or as JSON, and returns the name of that file."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    file = rng.choice(files)
    damage_file(rng, file)
    return file.name


def damage_file(rng: random.Random, file: Path) -> None:
    """Damages a file where it lies: its bytes, its values if it is JSON, or all of it."""
    content, action = file.read_bytes(), rng.random()
    if action > 0.95:  # nothing is damaged
        return
    if action < 0.03:
        file.unlink()
    elif action < 0.05:
        file.unlink()
        file.mkdir()
    elif action < 0.7 and file.suffix == ".json":
        file.write_bytes(to_bytes(json_text(rng, odd_json(rng, json.loads(content)))))
    else:
        file.write_bytes(odd_bytes(rng, content))


def _places(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in list(entries):
        yield value, key
        yield from _places(entry)


def _has(owner: Any, key: Any) -> bool:
    return key in owner if isinstance(owner, dict) else key < len(owner)
