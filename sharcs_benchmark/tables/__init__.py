"""Tables made of cells, as plain values: Markdown, CSV and pages are written from the same ones.

``frames`` reads the cells and groups them over seeds, once; what it gives, ``groups.Results``, is all that the tables
read. ``writing`` has RESULTS.md.
"""
