"""A local page on which you paint label maps, and see what a generator makes of them.

Gradio is imported by `demo_page` and `server` only, when the command starts.
"""
