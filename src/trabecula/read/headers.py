"""What a DICOM file says of each of its slices, before any pixel is read."""

import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from struct import error as struct_error
from typing import Any

import numpy as np

from trabecula.model import Float64
from trabecula.read.members import Member

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.2"
CT_CLASSES = frozenset({CT_IMAGE, ENHANCED_CT, LEGACY_ENHANCED_CT})

HEAD_BYTES = 96 * 1024
"""Enough for nearly every CT header; a longer one is read whole."""

PREAMBLE_BYTES = 128

MAX_FRAMES = 20_000
"""Most frames one multi-frame object may state."""

PIXEL_TAGS = (b"\xe0\x7f\x10\x00", b"\xe0\x7f\x08\x00", b"\xe0\x7f\x09\x00")
"""Pixel Data, Float Pixel Data and Double Float Pixel Data in little endian."""

UNDEFINED_LENGTH = 0xFFFFFFFF

LITTLE_ENDIAN_PLAIN = {"1.2.840.10008.1.2": 8, "1.2.840.10008.1.2.1": 12}
"""Uncompressed transfer syntaxes and the bytes before their pixels: tag, VR and length."""

# fmt: off
KEYWORDS = [
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID",
    "FrameOfReferenceUID", "Modality", "ImageType", "Rows", "Columns", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
    "RescaleIntercept", "RescaleType", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "NumberOfFrames", "AcquisitionNumber", "TemporalPositionIdentifier",
    "ConvolutionKernel", "KVP", "ContrastBolusAgent", "Manufacturer", "PatientPosition",
    "PatientAge", "PatientSex", "LossyImageCompression", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]
# fmt: on
"""All that is parsed; the rest of a header, names and dates too, is passed over."""


WHOLE_NUMBERS = frozenset(
    {
        "Rows",
        "Columns",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "SamplesPerPixel",
        "PixelPaddingValue",
        "PixelPaddingRangeLimit",
    }
)
"""Written as two bytes; everything else that is parsed is text."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceHeader:
    """One slice: where it lies, how its pixels are packed, how it was made.

    Attributes
    ----------
    member, frame, pixel_offset
        File, frame in it, and where its plain pixels begin (``None``: they must be decoded).
    position_mm : (3,) float64 or None
        Centre of the first pixel, LPS.
    row, column : (3,) float64 or None
        Direction in which the column index, and the row index, grow.
    pixel_spacing_mm
        Between rows, between columns.
    """

    member: Member
    sop_class: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str | None
    frame_of_reference_uid: str | None
    modality: str
    image_type: tuple[str, ...]
    transfer_syntax: str
    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    signed: bool
    frame: int = 0
    frames: int = 1
    pixel_offset: int | None = None
    pixel_bytes: int = 0
    has_pixels: bool = True
    position_mm: Float64 | None = None
    row: Float64 | None = None
    column: Float64 | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    slice_thickness_mm: float | None = None
    slope: float | None = None
    intercept: float | None = None
    rescale_type: str = ""
    padding: tuple[int, int] | None = None
    acquisition_number: str = ""
    temporal_position: str = ""
    convolution_kernel: str | None = None
    kvp: float | None = None
    contrast_agent: bool | None = None
    manufacturer: str | None = None
    patient_position: str | None = None
    age_years: float | None = None
    sex: str | None = None
    lossy: bool = False


@cache
def unreadable() -> tuple[type[Exception], ...]:
    """List what broken data make the parser and the decoders stumble over."""
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        EOFError,
        OSError,
        RuntimeError,
        struct_error,
        zlib.error,
        BytesLengthException,
        InvalidDicomError,
    )


def looks_like_dicom(start: bytes) -> bool:
    """Whether the first bytes are a DICOM file's, with or without its preamble."""
    if start[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == b"DICM":
        return True
    # Old exports start with group 2 or 8 at once; the tag is told by group, element and length.
    return (
        len(start) > PREAMBLE_BYTES
        and start[:2] in (b"\x02\x00", b"\x08\x00")
        and start[2:4] in (b"\x00\x00", b"\x01\x00", b"\x05\x00", b"\x08\x00", b"\x16\x00")
    )


def headers_of(member: Member) -> tuple[SliceHeader, ...]:
    """Slices of one file; none when it is not DICOM or says not even what it is.

    A DICOM file too damaged to be parsed is one header without a class, so that it is not lost in
    silence.
    """
    start = member.head(HEAD_BYTES)
    if not looks_like_dicom(start):
        return ()
    parsed = _parse(start)
    if (parsed is None or not parsed[1]) and member.size > len(start):
        parsed = _parse(member.whole())
    if parsed is None:
        return (_damaged(member),)
    try:
        return _slices(*parsed, member)
    except unreadable():
        return (_damaged(member),)


def _slices(
    dataset: Any, pixels: tuple[int, int] | None, member: Member
) -> tuple[SliceHeader, ...]:
    header = _first(dataset, member)
    if header is None:
        return ()
    header = _with_pixels(header, pixels)
    if header.sop_class == CT_IMAGE:
        plain = Fields(dataset)
        return (_placed(header, plain, plain, plain, plain),)
    return _frames(dataset, header) if header.sop_class in CT_CLASSES else (header,)


@cache
def _tags() -> Mapping[Any, str]:
    """Keyword of each tag that is parsed."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.tag import Tag

    return {Tag(tag_for_keyword(keyword) or 0): keyword for keyword in KEYWORDS}


class Fields:
    """Values of the top level of a header, from their bytes: 0.5 instead of 1.0 ms a slice."""

    def __init__(self, dataset: Any) -> None:
        keywords = _tags()
        self._raw = {
            keywords[element.tag]: element
            for element in dataset.values()
            if element.tag in keywords and isinstance(element.value, bytes)
        }

    def get(self, keyword: str) -> Any:
        """Return a whole number, a text, or a list of texts; ``None`` where there is none."""
        element = self._raw.get(keyword)
        if element is None or not element.value:
            return None
        if keyword in WHOLE_NUMBERS:
            number = element.value[:2]
            number = number if element.is_little_endian else number[::-1]
            return int.from_bytes(number, "little", signed=element.VR == "SS")
        text = element.value.decode("latin-1").strip(" \0")
        return text.split("\\") if "\\" in text else text


def _parse(data: bytes) -> tuple[Any, tuple[int, int] | None] | None:
    """Dataset, and where plain pixels begin and how long they are (0 long: encapsulated)."""
    import pydicom

    stream = BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(
                stream, stop_before_pixels=True, force=True, specific_tags=list(_tags())
            )
    except unreadable():
        return None
    return dataset, _pixel_place(data, stream.tell(), _syntax(dataset))


def _pixel_place(data: bytes, place: int, syntax: str) -> tuple[int, int] | None:
    if data[place : place + 4] not in PIXEL_TAGS:
        return None
    before = LITTLE_ENDIAN_PLAIN.get(syntax)
    if before is None or len(data) < place + before:
        return place, 0
    length = int.from_bytes(data[place + before - 4 : place + before], "little")
    return place + before, 0 if length == UNDEFINED_LENGTH else length


def _syntax(dataset: Any) -> str:
    return str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "1.2.840.10008.1.2"))


def _first(parsed: Any, member: Member) -> SliceHeader | None:
    dataset = Fields(parsed)
    if not dataset.get("SOPClassUID"):
        return None
    return SliceHeader(
        member=member,
        sop_class=str(dataset.get("SOPClassUID")),
        sop_instance_uid=_text(dataset, "SOPInstanceUID") or "",
        series_instance_uid=_text(dataset, "SeriesInstanceUID") or "",
        study_instance_uid=_text(dataset, "StudyInstanceUID"),
        frame_of_reference_uid=_text(dataset, "FrameOfReferenceUID"),
        modality=_text(dataset, "Modality") or "?",
        image_type=_words(dataset.get("ImageType")),
        transfer_syntax=_syntax(parsed),
        rows=int(dataset.get("Rows") or 0),
        columns=int(dataset.get("Columns") or 0),
        samples=int(dataset.get("SamplesPerPixel") or 1),
        photometric=_text(dataset, "PhotometricInterpretation") or "",
        bits_allocated=int(dataset.get("BitsAllocated") or 0),
        bits_stored=int(dataset.get("BitsStored") or dataset.get("BitsAllocated") or 0),
        signed=bool(dataset.get("PixelRepresentation") or 0),
        frames=int(dataset.get("NumberOfFrames") or 1),
        padding=_padding(dataset),
        acquisition_number=_text(dataset, "AcquisitionNumber") or "",
        temporal_position=_text(dataset, "TemporalPositionIdentifier") or "",
        convolution_kernel="/".join(_words(dataset.get("ConvolutionKernel"))) or None,
        kvp=_number(dataset.get("KVP")),
        contrast_agent=_agent(_text(dataset, "ContrastBolusAgent")),
        manufacturer=_text(dataset, "Manufacturer"),
        patient_position=_text(dataset, "PatientPosition"),
        age_years=age_in_years(_text(dataset, "PatientAge")),
        sex=_sex(_text(dataset, "PatientSex")),
        lossy=_text(dataset, "LossyImageCompression") == "01",
    )


def _damaged(member: Member) -> SliceHeader:
    return SliceHeader(
        member=member,
        sop_class="",
        sop_instance_uid="",
        series_instance_uid="",
        study_instance_uid=None,
        frame_of_reference_uid=None,
        modality="?",
        image_type=(),
        transfer_syntax="",
        rows=0,
        columns=0,
        samples=0,
        photometric="",
        bits_allocated=0,
        bits_stored=0,
        signed=False,
        has_pixels=False,
    )


def _with_pixels(header: SliceHeader, place: tuple[int, int] | None) -> SliceHeader:
    if place is None:
        return replace(header, has_pixels=header.transfer_syntax not in LITTLE_ENDIAN_PLAIN)
    offset, length = place
    return replace(header, pixel_offset=offset if length else None, pixel_bytes=length)


def _frames(dataset: Any, header: SliceHeader) -> tuple[SliceHeader, ...]:
    """One header a frame of an enhanced object; functional groups are shared or per frame."""
    from pydicom.dataset import Dataset

    if not 0 < header.frames <= MAX_FRAMES:
        return (replace(header, has_pixels=False),)
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    each = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    each += [Dataset()] * (header.frames - len(each))

    def group(own: Any, name: str) -> Any:
        items = own.get(name) or shared.get(name) or [Dataset()]
        return items[0]

    frame_bytes = header.rows * header.columns * header.samples * header.bits_allocated // 8
    found = []
    for number, own in enumerate(each[: header.frames]):
        offset = None
        if header.pixel_offset is not None:
            offset = header.pixel_offset + number * frame_bytes
        kind = group(own, "CTImageFrameTypeSequence")
        content = group(own, "FrameContentSequence")
        kernel = _words(group(own, "CTReconstructionSequence").get("ConvolutionKernel"))
        frame = replace(
            header,
            frame=number,
            pixel_offset=offset,
            pixel_bytes=max(0, header.pixel_bytes - number * frame_bytes),
            image_type=_words(kind.get("FrameType")) or header.image_type,
            acquisition_number=_text(content, "FrameAcquisitionNumber") or "",
            temporal_position=_text(content, "TemporalPositionIndex") or "",
            convolution_kernel="/".join(kernel) or header.convolution_kernel,
            kvp=_number(group(own, "CTXRayDetailsSequence").get("KVP")) or header.kvp,
            contrast_agent=_usage(group(own, CONTRAST_USAGE), header.contrast_agent),
        )
        found.append(
            _placed(
                frame,
                group(own, "PlanePositionSequence"),
                group(own, "PlaneOrientationSequence"),
                group(own, "PixelMeasuresSequence"),
                group(own, "PixelValueTransformationSequence"),
            )
        )
    return tuple(found)


CONTRAST_USAGE = "ContrastBolusUsageSequence"


NO_AGENT = frozenset({"NONE", "NO", "N", "0", "WITHOUT"})
"""What scanners write into the field of the agent when none was given."""


def _agent(text: str | None) -> bool | None:
    return None if text is None else text.upper() not in NO_AGENT


def _usage(group: Any, otherwise: bool | None) -> bool | None:
    stated = _text(group, "ContrastBolusAgentAdministered")
    return otherwise if stated is None else stated == "YES"


def _placed(
    header: SliceHeader, position: Any, orientation: Any, measures: Any, transformation: Any
) -> SliceHeader:
    axes = _numbers(orientation.get("ImageOrientationPatient"), 6)
    spacing = _numbers(measures.get("PixelSpacing"), 2)
    return replace(
        header,
        position_mm=_numbers(position.get("ImagePositionPatient"), 3),
        row=None if axes is None else axes[:3],
        column=None if axes is None else axes[3:],
        pixel_spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        slice_thickness_mm=_number(measures.get("SliceThickness")),
        slope=_number(transformation.get("RescaleSlope")),
        intercept=_number(transformation.get("RescaleIntercept")),
        rescale_type=_text(transformation, "RescaleType") or "",
    )


def age_in_years(text: str | None) -> float | None:
    """DICOM's age string (``045Y``, ``006M``, ``012W``, ``030D``) in years."""
    if not text or len(text) < 2 or not text[:-1].strip().isdigit():
        return None
    if text == "000Y":  # what programs that remove identity write for any age
        return None
    per_year = {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}.get(text[-1].upper())
    return None if per_year is None else round(int(text[:-1]) / per_year, 2)


def _sex(text: str | None) -> str | None:
    return text if text in ("M", "F") else None


def _padding(dataset: Any) -> tuple[int, int] | None:
    value = dataset.get("PixelPaddingValue")
    if not isinstance(value, int):
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    other = limit if isinstance(limit, int) else value
    return min(value, other), max(value, other)


def _text(dataset: Any, keyword: str) -> str | None:
    value = dataset.get(keyword)
    return str(value).strip() or None if value is not None else None


def _words(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip().upper() for part in parts)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _numbers(value: Any, count: int) -> Float64 | None:
    try:
        numbers = np.array([float(part) for part in value], dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None
