"""The studio: renders people whose pose is known exactly.

Used to train and test the lumbar flexion estimate, and to make the sample clips. Everything in
a clip follows from one :class:`~sample_videos.studio.sampling.ClipSpec`; the same specification
gives the same truth, byte for byte.

Frame of the studio: +x is the person's left, -y the way the person faces, +z up, metres, floor
at z = 0. Rotation about +x is forward flexion. Angles are degrees, flexion positive.
"""

STUDIO_VERSION = "1.0"
