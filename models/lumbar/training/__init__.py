"""How the shipped lumbar estimator was made: from rendered people to weights, by seed.

Needs the studio (extra ``studio``) and the direct runner; nothing of the product imports it.
"""
