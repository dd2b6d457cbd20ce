"""The sampler of AnimateLCM-SVD, for diffusers' Stable Video Diffusion pipeline.

Written from the formulas of the published scheduler (G-U-N/AnimateLCM, animatelcm_svd/animatelcm_scheduler.py), with its
order of operations: every step goes to the consistency estimate and adds fresh noise. The published pipeline draws that
noise from the generator that it uses for everything else. diffusers' pipeline passes no generator to `step`, so the
scheduler holds it.
"""

import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerMixin, SchedulerOutput

LEVELS, RHO = 40, 7


class FewStepScheduler(SchedulerMixin, ConfigMixin):
    order = 1

    @register_to_config
    def __init__(self, sigma_min: float = 0.002, sigma_max: float = 700.0):
        self.init_noise_sigma = (sigma_max**2 + 1) ** 0.5
        self.generator = None

    def set_timesteps(self, num_inference_steps, device=None):
        low, high = self.config.sigma_min ** (1 / RHO), self.config.sigma_max ** (1 / RHO)
        ramp = np.arange(num_inference_steps) * (LEVELS // num_inference_steps) / (LEVELS - 1)
        levels = (high + ramp * (low - high)) ** RHO
        self.timesteps = torch.from_numpy(0.25 * np.log(levels + 1e-44))
        self.sigmas = torch.from_numpy(np.append(levels, 0.0).astype(np.float32))
        self.index = 0

    def scale_model_input(self, sample, timestep):
        return sample / (self.sigmas[self.index] ** 2 + 1.0) ** 0.5

    def step(self, model_output, timestep, sample, **_):
        sigma, following = self.sigmas[self.index], self.sigmas[self.index + 1]
        skip = 1.0 / (sigma**2 + 1.0)
        out = -sigma / (sigma**2 + 1.0) ** 0.5
        estimate = out * model_output + skip * sample
        noise = torch.zeros_like(estimate)
        if len(self.timesteps) > 1:
            noise = torch.randn(estimate.shape, generator=self.generator)
        self.index += 1
        return SchedulerOutput(prev_sample=estimate + noise * following)
