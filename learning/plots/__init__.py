"""Pictures of a training: decision regions, learning curves, spike rasters.

Each function draws into the axes or the figure it is given, or makes one, and returns it. The
colours are told apart with every common colour vision deficiency (Okabe and Ito's palette).
"""

from saltation.learning.plots.canvas import PALETTE
from saltation.learning.plots.curves import learning_curves, training
from saltation.learning.plots.rasters import raster, rasters
from saltation.learning.plots.regions import decision_regions

__all__ = ["PALETTE", "decision_regions", "learning_curves", "raster", "rasters", "training"]
