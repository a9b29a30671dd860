"""The scikit-learn face of the whole path."""

from ulmus.estimators.classifier import UlmfitClassifier
from ulmus.estimators.regressor import UlmfitRegressor

__all__ = ["UlmfitClassifier", "UlmfitRegressor"]
