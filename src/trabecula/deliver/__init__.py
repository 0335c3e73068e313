"""Answers on disk: a result folder, written whole or not at all; and simulated scans as DICOM."""

from trabecula.deliver.folder import FORMATS, check_formats, deliver, refuse_unsafe_out
from trabecula.deliver.series import write_dicom_series

__all__ = ["FORMATS", "check_formats", "deliver", "refuse_unsafe_out", "write_dicom_series"]
