"""The cards of the pages, one module for each page or shared card."""
