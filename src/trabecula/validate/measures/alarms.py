"""False alarms: what is called a lesion where none is."""

from collections.abc import Sequence

from trabecula.validate.journal import Row
from trabecula.validate.statistics import Estimate, rate_interval


def false_lesions(scan: Row) -> int:
    """Lesions that are none, and harmless calcium that should have been set aside."""
    called = sum(
        bool(lesion["found"]) for lesion in scan["lesions"] if lesion["expected_kind"] != "lesion"
    )
    return len(scan["alarms"]) + int(called)


def named_stones(scan: Row) -> int:
    """Count false lesions that are phleboliths and bear the sign that says so."""
    return sum(
        lesion["found"] and lesion["signs"].get("phlebolith_like") == "present"
        for lesion in scan["lesions"]
        if lesion["expected_kind"] == "phlebolith"
    )


def false_bone(scan: Row) -> int:
    """Count false lesions called bone, which is what would mislead most."""
    harmless = [one for one in scan["lesions"] if one["expected_kind"] != "lesion"]
    called = [one["verdict"] for one in harmless if one["found"]]
    called += [one["verdict"] for one in scan["alarms"]]
    return sum(verdict in ("ossification", "mixed") for verdict in called)


def rate(scans: Sequence[tuple[str, Row]], *, anatomy: str | None = None) -> Estimate:
    """Return false lesions a scan."""
    own = [scan for _, scan in scans if anatomy is None or scan["anatomy"] == anatomy]
    return rate_interval(sum(false_lesions(scan) for scan in own), len(own))
