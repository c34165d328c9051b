"""Benchmarks tests."""
