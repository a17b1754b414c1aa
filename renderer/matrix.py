"""Which YCbCr matrix a picture has: one rule for the pixels we make, their tags and untagged footage."""

from msgspec import Struct


class Matrix(Struct, frozen=True, kw_only=True):
    """Luma weights of red and blue (ISO/IEC 23091-2, 8.3) and what ffmpeg calls the matrix."""

    kr: float
    kb: float
    ffmpeg: str
    number: int  # AVColorSpace = ISO/IEC 23091-2 MatrixCoefficients


BT601 = Matrix(kr=0.299, kb=0.114, ffmpeg="smpte170m", number=6)
BT709 = Matrix(kr=0.2126, kb=0.0722, ffmpeg="bt709", number=1)
FCC = Matrix(kr=0.30, kb=0.11, ffmpeg="fcc", number=4)
SMPTE240 = Matrix(kr=0.212, kb=0.087, ffmpeg="smpte240m", number=7)
BT2020 = Matrix(kr=0.2627, kb=0.0593, ffmpeg="bt2020nc", number=9)


# By MatrixCoefficients; 5 and 6 are the same, and so for our purposes is 10, of constant luminance, which nobody makes.
MATRICES = {matrix.number: matrix for matrix in (BT709, FCC, BT601, SMPTE240, BT2020)} | {5: BT601, 10: BT2020}


def matrix_for(width: int, height: int) -> Matrix:
    """BT.709 for high definition, BT.601 below it: what players assume of an untagged picture."""
    return BT709 if height >= 720 or width >= 1280 else BT601
