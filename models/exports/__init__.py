"""Exports for other programs: a table of angles, OpenSim motion, marker trajectories.

Pure text; the conversions to OpenSim's signs and axes live here alone (``docs/report.md``).
"""
