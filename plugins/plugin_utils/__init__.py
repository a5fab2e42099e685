"""Helpers that action plugins share; they run on the controller."""
