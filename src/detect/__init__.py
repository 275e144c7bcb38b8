"""Yujing: finds, grades, tells and follows business anomalies until they are truly over."""
