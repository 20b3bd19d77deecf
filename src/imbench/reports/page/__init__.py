"""The page: one HTML file of all stored results that opens offline."""

from imbench.reports.page.assemble import assemble
from imbench.reports.page.content import page_data

__all__ = ["assemble", "page_data"]
