"""The optimizers of both networks, which Keras's callbacks see as one."""

import keras


class OptimizerPair(keras.optimizers.Optimizer):
    """The generator's and the discriminator's optimizer as one `model.optimizer`.

    It updates no weights. It is what callbacks and `fit` look at: its learning rate and
    its iterations are those of the generator's optimizer. Setting the learning rate
    multiplies both by the same factor, so that the ratio between them stays.

    Args:
        generator: keras.Model.
        g_optimizer: keras.optimizers.Optimizer, built for the generator.
        discriminator: keras.Model.
        d_optimizer: keras.optimizers.Optimizer, built for the discriminator.
    """

    def __init__(self, generator, g_optimizer, discriminator, d_optimizer):
        super().__init__(learning_rate=0.0, name="optimizer_pair")
        self.generator = generator
        self.g_optimizer = g_optimizer
        self.discriminator = discriminator
        self.d_optimizer = d_optimizer
        self.ratio = 1.0  # of the discriminator's rate to the generator's
        self.built = True

    @property
    def variables(self):
        """The variables of both optimizers."""
        return self.g_optimizer.variables + self.d_optimizer.variables

    @property
    def iterations(self):
        """The steps that the generator has taken, an integer scalar."""
        return self.g_optimizer.iterations

    @property
    def learning_rate(self):
        """The generator's learning rate, a float scalar."""
        return self.g_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        if callable(learning_rate):
            self.d_optimizer.learning_rate = learning_rate
        else:
            # A warm-up may start at 0, where both have no ratio.
            before = float(self.g_optimizer.learning_rate)
            if before > 0:
                self.ratio = float(self.d_optimizer.learning_rate) / before
            self.d_optimizer.learning_rate = float(learning_rate) * self.ratio
        self.g_optimizer.learning_rate = learning_rate

    def save_own_variables(self, store):
        """Save nothing: the model saves each optimizer."""

    def load_own_variables(self, store):
        """Load nothing: the model loads each optimizer."""

    def finalize_variable_values(self, var_list):
        """Let both optimizers finish, as `fit` does at its end; see `use_ema`.

        Args:
            var_list: ignored: each optimizer has the variables of its network.
        """
        self.g_optimizer.finalize_variable_values(self.generator.trainable_variables)
        self.d_optimizer.finalize_variable_values(
            self.discriminator.trainable_variables
        )


def get_optimizers(generator, discriminator, is_float16):
    """Get the optimizers of both networks from what `compile` is given.

    Args:
        generator: keras.optimizers.Optimizer, or its name or config, as
            `keras.optimizers.get` accepts it.
        discriminator: the same, for the discriminator.
        is_float16: bool, add loss scaling, which float16 gradients need.

    Returns:
        tuple of two keras.optimizers.Optimizer.

    Raises:
        ValueError: if both are the same optimizer, or one is none.
    """
    optimizers = []
    for name, given in (("gOptimizer", generator), ("dOptimizer", discriminator)):
        optimizer = keras.optimizers.get(given)
        if optimizer is None:
            raise ValueError(
                f'{name} is None: pass an optimizer, or its name, such as "adam"'
            )
        # Keras wraps only the optimizer that its own `compile` gets.
        if is_float16 and not isinstance(
            optimizer, keras.optimizers.LossScaleOptimizer
        ):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizers.append(optimizer)
    if _get_inner(optimizers[0]) is _get_inner(optimizers[1]):
        raise ValueError(
            "gOptimizer and dOptimizer are the same object, and an optimizer keeps the "
            "state of one network: create two, such as keras.optimizers.Adam(2e-4, "
            "beta_1=0.5) for each"
        )
    return tuple(optimizers)


def _get_inner(optimizer):
    return getattr(optimizer, "inner_optimizer", optimizer)
