"""How Chromium sets texts with the very fonts that ours uses: `python -m tests.golden.chromium_layout` records it.

The suite compares with `chromium_layout.json`; only recording needs Debian's `chromium` (and the Noto packages).
"""

import hashlib
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fontTools.ttLib.sfnt import SFNTWriter
from msgspec import Struct

from renderer.text.faces import Face
from renderer.text.fonts import Fonts
from renderer.text.layout import TextLayout, TextStyle, lay_out

STORED = Path(__file__).parent / "chromium_layout.json"
FONTS = Fonts()
SIZE = 40.0
NARROW = (0.2, 0.35, 0.6)
"""The shares of a text's advance to which its lines are broken."""


class Case(Struct, frozen=True):
    """A text in one style, of SIZE pixels."""

    text: str
    family: str = "Inter"
    weight: int = 400
    italic: bool = False
    spacing: float = 0.0

    def layout(self, width: float | None = None) -> TextLayout:
        style = TextStyle(
            family=self.family,
            weight=self.weight,
            italic=self.italic,
            size=SIZE,
            letter_spacing=(self.spacing, 0.0),
            wrap=width is not None,
            width=width,
        )
        return lay_out(self.text, style, FONTS)

    def faces(self) -> list[Face]:
        """The wanted one first, then those that the letters it lacks fall back to."""
        used = [glyph.face for glyph in self.layout().glyphs]
        return list(dict.fromkeys([FONTS.find(self.family, self.weight, self.italic), *used]))


# Chromium has dictionaries of its own for Khmer and Lao: these two texts have the same words in both.
CASES = {
    "latin": Case("The quick brown fox jumps over the lazy dog, again and again."),
    "latin kerning": Case("AVATAR To Ty. We. LT Va Yo Wa P. F, “Tá”", weight=700),
    "latin ligatures": Case("fine “ffl” affine office fjord file", family="Playfair Display", italic=True),
    "latin letter-spacing": Case("Wide capitals and office files", family="Montserrat", spacing=6.0),
    "latin marks": Case("Cre\u0300me bru\u0302le\u0301e, Å\u0323 q\u0303 x\u0304 Z\u030c a\u0308\u0301"),
    "vietnamese": Case("Tất cả mọi người sinh ra đều được tự do và bình đẳng", family="Manrope"),
    "german": Case("Donaudampfschifffahrtsgesellschaft-Kapitän, 3,5 % (das heißt/oder) z. B. 12.5.2026"),
    "polish": Case("Zażółć gęślą jaźń – „ŁÓDŹ” i ćma…", family="Poppins", weight=500),
    "addresses": Case("See https://example.com/a/path?x=1&y=2 or e-mail me@example.com, 24/7 and/or 50%"),
    "cyrillic": Case("Съешь же ещё этих мягких французских булок, да выпей чаю."),
    "ukrainian": Case("Щастям б’єш жук їх глицю в фон й ґедзь пріч", weight=700),
    "greek": Case("Ξεσκεπάζω την ψυχοφθόρα σας βδελυγμία, ἄνθρωπος."),
    "georgian": Case("ყველა ადამიანი იბადება თავისუფალი და თანასწორი"),
    "armenian": Case("Բոլոր մարդիկ ծնվում են ազատ ու հավասար"),
    "arabic": Case("يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق."),
    "arabic mixed": Case("قال John Smith: «النسخة 2.5 (beta) جاهزة» في 12/5/2026!"),
    "hebrew": Case("כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם."),
    "hebrew mixed": Case("The title is “שלום עולם (2026)” in Hebrew, not אנגלית."),
    "devanagari": Case("सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है।"),
    "bengali": Case("সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।"),
    "tamil": Case("மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்", weight=700),
    "telugu": Case("ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులు"),
    "thai": Case("มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
    "lao": Case("ພາສາລາວເປັນພາສາທາງການຂອງສາທາລະນະລັດປະຊາທິປະໄຕປະຊາຊົນລາວ"),
    "khmer": Case("ព្រះរាជាណាចក្រកម្ពុជាមានទីក្រុងភ្នំពេញជារដ្ឋធានីនិងភាសាខ្មែរ"),
    "burmese": Case("လူတိုင်းသည်တူညီလွတ်လပ်သောဂုဏ်သိက္ခာဖြင့်မွေးဖွားလာသူများဖြစ်သည်"),
    "japanese": Case("すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"),
    "japanese signs": Case("「東京タワー」へ行こう！ウィキペディア（Wikipedia）は、キャッチーなコピー。"),
    "korean": Case("모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    "chinese": Case("人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心（2026年）。"),
    "chinese bold": Case("《千字文》：天地玄黃，宇宙洪荒。日月盈昃，辰宿列張！", weight=800),
    "emoji": Case("Family 👨‍👩‍👧‍👦 waves 👋🏽 flags 🇫🇷🇯🇵 hearts ❤️ keys 1️⃣ done ✅"),
    "symbols": Case("→ ★ ☎ ∑ ≠ ∞ ♪ ② ½ № ™ €"),
}


def font_bytes(face: Face, path: Path) -> None:
    """Writes the face as a font file of its own: browsers cannot take one out of a collection."""
    tags = [tag.to_bytes(4, "big").decode() for tag in face.typeface.getTableTags()]
    version = "OTTO" if "CFF " in tags else "\0\1\0\0"
    with path.open("wb") as file:
        writer = SFNTWriter(file, len(tags), version)
        for tag in sorted(tags):
            writer[tag] = table(face, tag)
        writer.close()


def table(face: Face, tag: str) -> bytes:
    return bytes(face.typeface.copyTableData(int.from_bytes(tag.encode(), "big")))


def name(face: Face) -> str:
    return str(face.typeface.getPostScriptName())


def fingerprint(face: Face) -> str:
    """What tells one version of a font from another."""
    return hashlib.sha256(table(face, "head") + table(face, "hmtx")).hexdigest()[:16]


def record() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_page(Path(folder)))
        answer = _dumped(page, Path(folder) / "profile")
    measured = json.loads(html.unescape(answer.split("<pre>")[1].split("</pre>")[0]))
    version = subprocess.check_output(["chromium", "--version"], text=True, stderr=subprocess.DEVNULL)
    faces = {name(face): fingerprint(face) for case in CASES.values() for face in case.faces()}
    return {"recorded with": version.strip(), "fonts": dict(sorted(faces.items())), "cases": measured}


def _page(folder: Path) -> str:
    files: dict[Face, str] = {}
    styles = []
    for key, case in CASES.items():
        for face in case.faces():
            if face not in files:
                files[face] = f"font{len(files)}"
                font_bytes(face, folder / f"{files[face]}.otf")
        families = ", ".join(files[face] for face in case.faces())
        styles.append({"name": key, "text": case.text, "family": families, "spacing": case.spacing})
    values = {
        "FACES": "".join(f"@font-face {{ font-family: {name}; src: url({name}.otf); }}\n" for name in files.values()),
        "SIZE": str(SIZE),
        "NARROW": json.dumps(NARROW),
        "CASES": json.dumps(styles),
    }
    return re.sub("|".join(values), lambda found: values[found[0]], _PAGE)


_PAGE = """<!doctype html>
<meta charset="utf-8">
<style>
FACES
div { font-size: SIZEpx; white-space: pre-wrap; overflow-wrap: break-word; text-rendering: geometricPrecision;
  position: absolute; unicode-bidi: plaintext; font-synthesis: none; text-spacing-trim: space-all; }
</style>
<body><pre></pre>
<script>
function linesOf(node) {
  const lines = [], range = document.createRange();
  let top = null, at = 0;
  for (const { segment, index } of new Intl.Segmenter("en").segment(node.data)) {
    range.setStart(node, index);
    range.setEnd(node, index + segment.length);
    const box = range.getClientRects()[0];
    if (segment.trim() && box && (top === null || Math.abs(box.top - top) > SIZE / 2)) {
      if (top !== null) { lines.push(node.data.slice(at, index).trim()); at = index; }
      top = box.top;
    }
  }
  return [...lines, node.data.slice(at).trim()];
}
async function measure() {
  await Promise.all([...document.fonts].map(font => font.load()));
  const found = {};
  for (const style of CASES) {
    const box = document.body.appendChild(document.createElement("div"));
    box.textContent = style.text;
    box.style.fontFamily = style.family;
    box.style.letterSpacing = style.spacing + "px";
    box.style.whiteSpace = "pre";
    const advance = box.getBoundingClientRect().width - style.spacing;
    const lines = {};
    box.style.whiteSpace = "pre-wrap";
    for (const width of NARROW.map(share => Math.round(advance * share))) {
      box.style.width = width + "px";
      lines[width] = linesOf(box.firstChild);
    }
    found[style.name] = { advance: Math.round(advance * 100) / 100, lines };
    box.remove();
  }
  document.querySelector("pre").textContent = JSON.stringify(found);
}
measure();
</script>
"""


def _dumped(page: Path, profile: Path) -> str:
    """The page's document after its script has run."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files"]
    flags += ["--font-render-hinting=none", "--virtual-time-budget=20000", f"--user-data-dir={profile}", "--dump-dom"]
    return subprocess.check_output(["chromium", *flags, page.as_uri()], text=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    STORED.write_text(json.dumps(record(), ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(f"{STORED.name}: {len(CASES)} texts\n")
