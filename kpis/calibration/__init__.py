"""Calibration: what past outcomes say about the rules in force, and the points that they suggest instead.

numpy and scikit-learn are loaded by the job alone; what the pages show is plain JSON that the job has stored.
"""
