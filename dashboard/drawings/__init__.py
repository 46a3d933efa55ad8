"""Drawings: values of ``sharcs_core`` → Plotly figures, SVG and HTML. No Streamlit here."""
