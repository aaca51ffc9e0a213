"""A Keras model of two networks, which Keras can save and load."""

import keras

from pyimagesearch.networks.multiworker_model import MultiWorkerModel


class NetworkPair(MultiWorkerModel):
    """A generator and a discriminator in one model.

    This class says what Keras would not save: the networks in the config, the seeds of
    dropout in the weights, and the moving average in `get_weights`.

    Args:
        generator: keras.Model, built.
        discriminator: keras.Model, built.

    Attributes:
        ema: GeneratorEMA or None, the moving average of the generator's weights.
    """

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.ema = None
        # Both networks are built. Keras checks this before `evaluate` and saving.
        self.built = True

    def get_config(self):
        """Return the config of the model, with those of both networks, as a dict."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        return super().get_config() | {
            name: keras.saving.serialize_keras_object(network)
            for name, network in networks.items()
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Create a model, not compiled, from what `get_config` returns."""
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**(config | networks))

    def save_own_variables(self, store):
        """Save the states of dropout, which are not weights; Keras calls this."""
        for name, state in self._collect_seeds().items():
            store[name] = state.numpy()

    def load_own_variables(self, store):
        """Restore what `save_own_variables` saves; Keras calls this.

        Files of version 1 do not have these states, which then stay as they are.
        """
        for name, state in self._collect_seeds().items():
            if name in store.keys():  # noqa: SIM118, Keras's stores have no `in`
                state.assign(store[name])

    def _collect_seeds(self):
        """Collect the states of all random layers, by "part/number"."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        if self.ema:
            networks["ema"] = self.ema.network
        seeds = {}
        for part, network in networks.items():
            weights = {id(weight) for weight in network.weights}
            states = [v for v in network.variables if id(v) not in weights]
            seeds |= {f"{part}_seed_{n}": state for n, state in enumerate(states)}
        return seeds

    def get_weights(self):
        """Return the weights of both networks and of the EMA as NumPy arrays."""
        averages = self.ema.network.get_weights() if self.ema else []
        return super().get_weights() + averages

    def set_weights(self, weights):
        """Set what `get_weights` returns.

        Args:
            weights: list of arrays.
        """
        own = len(self.weights)
        super().set_weights(weights[:own] if self.ema else weights)
        if self.ema:
            self.ema.network.set_weights(weights[own:])
