"""The dashboard of `deploy/prometheus`, asked of a real Prometheus and drawn.

    python -m tests.dashboard docs/images

plays three minutes of a day before two gates, asks Prometheus what each panel asks, and draws the
answers in the layout of the dashboard. It is our drawing: Grafana itself is no part of the tests.
"""
