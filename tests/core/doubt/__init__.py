"""Tests of mnist_core/doubt."""
