"""Which YCbCr matrix a picture has: one rule for the pixels we make, their tags and untagged footage."""

from msgspec import Struct


class Matrix(Struct, frozen=True, kw_only=True):
    """Luma weights of red and blue (ITU-R BT.601-7 §2.5, BT.709-6 §3.2) and what ffmpeg calls the matrix."""

    kr: float
    kb: float
    ffmpeg: str
    number: int  # AVColorSpace = ISO/IEC 23091-2 MatrixCoefficients


BT601 = Matrix(kr=0.299, kb=0.114, ffmpeg="smpte170m", number=6)
BT709 = Matrix(kr=0.2126, kb=0.0722, ffmpeg="bt709", number=1)


def matrix_for(width: int, height: int) -> Matrix:
    """BT.709 for high definition, BT.601 below it: what players assume of an untagged picture."""
    return BT709 if height >= 720 or width >= 1280 else BT601
