"""Encoders: inputs → K raw scores, which become local concepts; a module a way to read."""
