"""Lessons: the books' chapters as code that runs, one idea a file.

A lesson builds an idea by hand, in plain torch, and ends in checks that what was built equals the
library's part. The library never imports them, and no lesson imports another: what several need
lies in a file that is no lesson.
"""
