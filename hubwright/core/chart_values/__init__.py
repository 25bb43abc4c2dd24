"""Typed models of the chart values that hubwright sets itself: one module a chart, the chart's own key names.

They hold no more than what we set: a key that is not in them is the user's, or the chart's own default.
"""
