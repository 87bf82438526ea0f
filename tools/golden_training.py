"""Golden values for core/training from Keras and scikit-learn.

usage: python3 tools/golden_training.py        (writes test/golden/training-*.json)
needs: tensorflow 2.16, scikit-learn 1.8, numpy 1.26

Inputs are made by a hash that the tests repeat (`hashed`), so that only what Keras and scikit-learn say of them is kept.
"""
import json
import os
import pathlib
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from sklearn.calibration import calibration_curve
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, confusion_matrix, log_loss,
                             precision_recall_fscore_support)
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "test" / "golden"
tf.config.experimental.enable_op_determinism()


def hashed(start, count):
    """Numbers in -1..1: a 32-bit mix of each index."""
    x = np.arange(start, start + count, dtype=np.uint64) * 2654435761 % 2**32
    x ^= x >> np.uint64(15)
    x = x * 2246822519 % 2**32
    x ^= x >> np.uint64(13)
    return x.astype(np.float64) / 2**31 - 1


def batch(inputs, classes, rows, start):
    features = (2 * hashed(start, rows * inputs)).reshape(rows, inputs).astype(np.float32)
    labels = (np.arange(rows) * 7 + start) % classes
    return features, labels, keras.utils.to_categorical(labels, classes)


def network(inputs, units, classes):
    """The original's kind without dropout; kernels from `hashed` within Glorot's limit."""
    layers = [keras.Input((inputs,))]
    for width in units:
        layers += [keras.layers.Dense(width, activation="relu"), keras.layers.BatchNormalization()]
    model = keras.Sequential(layers + [keras.layers.Dense(classes, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    start = 1000
    for layer in model.layers:
        if not isinstance(layer, keras.layers.Dense):
            continue
        kernel, bias = layer.get_weights()
        limit = np.sqrt(6 / sum(kernel.shape))
        layer.set_weights([(limit * hashed(start, kernel.size)).reshape(kernel.shape).astype(np.float32), bias])
        start += kernel.size
    return model


def one_step(model, features, targets):
    """Loss, gradients, and the state after one step: lists of arrays in the order of the layers."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(targets, model(features, training=True)))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    model.optimizer.apply_gradients(zip(gradients, variables))
    momentums = model.optimizer._momentums
    velocities = model.optimizer._velocities
    return float(loss), {
        "gradients": [g.numpy() for g in gradients],
        "firstMoment": [m.numpy() for m in momentums],
        "secondMoment": [v.numpy() for v in velocities],
        "parameters": [v.numpy() for v in variables],
        "statistics": [v.numpy() for v in model.non_trainable_variables if "seed" not in v.name],
    }


def flat(arrays):
    return [float(f"{x:.9g}") for x in np.concatenate([a.ravel() for a in arrays])]


def summary(array):
    """What a test compares of an array too large to keep."""
    a = array.astype(np.float64).ravel()
    picks = [int(p) for p in np.linspace(0, a.size - 1, 5)]
    return {"sum": float(a.sum()), "absolute": float(np.abs(a).sum()), "picks": picks, "values": [float(a[p]) for p in picks]}


def small_network():
    inputs, units, classes, rows = 12, [10, 7], 5, 11
    features, _, targets = batch(inputs, classes, rows, 50)
    loss, state = one_step(network(inputs, units, classes), features, targets)
    return {
        "inputs": inputs, "units": units, "classes": classes, "rows": rows, "start": 50, "loss": loss,
        **{name: flat(arrays) for name, arrays in state.items()},
    }


def full_network():
    inputs, units, classes, rows = 195, [512, 256, 128, 64], 8, 32
    features, _, targets = batch(inputs, classes, rows, 90)
    loss, state = one_step(network(inputs, units, classes), features, targets)
    return {
        "inputs": inputs, "units": units, "classes": classes, "rows": rows, "start": 90, "loss": loss,
        **{name: [summary(a) for a in arrays] for name, arrays in state.items()},
    }


def epochs():
    """`fit` in the order of the rows, the last batch a partial one."""
    inputs, units, classes, rows = 12, [10, 7], 5, 53
    features, _, targets = batch(inputs, classes, rows, 500)
    validation, _, validation_targets = batch(inputs, classes, 29, 5000)
    history = network(inputs, units, classes).fit(
        features, targets, validation_data=(validation, validation_targets), epochs=4, batch_size=16, shuffle=False, verbose=0
    ).history
    return {
        "inputs": inputs, "units": units, "classes": classes, "rows": rows, "start": 500, "validationRows": 29,
        "validationStart": 5000, "batchSize": 16,
        "trainLoss": history["loss"], "trainAccuracy": history["accuracy"],
        "validationLoss": history["val_loss"], "validationAccuracy": history["val_accuracy"],
    }


def options(class_weights, label_smoothing, weight_decay):
    """`fit` with what changes loss and step; some classes are rare, and four of the eight are in the validation part only."""
    inputs, units, classes, rows, held = 12, [10, 7], 8, 53, 29
    features, _, _ = batch(inputs, classes, rows, 700)
    labels = np.where(np.arange(rows) % 6 < 4, 0, (np.arange(rows) // 3) % (classes - 2))
    validation, _, validation_targets = batch(inputs, classes, held, 7000)
    model = network(inputs, units, classes)
    optimizer = keras.optimizers.AdamW(0.001, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing), metrics=["accuracy"])
    present = np.unique(labels)
    balanced = dict(zip(present.tolist(), compute_class_weight("balanced", classes=present, y=labels).tolist()))
    history = model.fit(
        features, keras.utils.to_categorical(labels, classes), validation_data=(validation, validation_targets), epochs=4,
        batch_size=16, shuffle=False, verbose=0, class_weight=balanced if class_weights == "balanced" else None,
    ).history
    return {
        "inputs": inputs, "units": units, "classes": classes, "rows": rows, "start": 700, "labels": labels.tolist(),
        "validationRows": held, "validationStart": 7000, "batchSize": 16, "classWeights": class_weights,
        "labelSmoothing": label_smoothing, "weightDecay": weight_decay, "weights": [balanced.get(c, 0) for c in range(classes)],
        "trainLoss": history["loss"], "validationLoss": history["val_loss"],
        "parameters": flat([v.numpy() for v in model.trainable_variables]),
    }


def option_cases():
    return [options("balanced", 0, 0), options("none", 0.1, 0), options("none", 0, 0.1), options("balanced", 0.1, 0.1)]


def callbacks(losses, patience, plateau_patience, min_lr):
    """Learning rate of each epoch, epochs run and best epoch, for given validation losses."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.001), loss="mse")
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=plateau_patience, min_lr=min_lr)
    model.stop_training = False
    rates = []
    for callback in (stopping, plateau):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        rates.append(float(model.optimizer.learning_rate.numpy()))
        for callback in (stopping, plateau):
            callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    return {
        "losses": losses, "patience": patience, "plateauPatience": plateau_patience, "minLearningRate": min_lr,
        "learningRates": rates, "bestEpoch": stopping.best_epoch + 1,
    }


def callback_cases():
    falling = [2 - 0.1 * e for e in range(8)] + [1.31 + 0.001 * (e % 3) for e in range(30)]
    creeping = [1 - 0.00003 * e for e in range(25)]
    saw = [1.5 - 0.02 * e + 0.3 * (e % 4 == 0) for e in range(30)]
    equal = [1.0] * 20
    return [
        callbacks(falling, 15, 5, 1e-7), callbacks(creeping, 15, 5, 1e-7), callbacks(saw, 15, 5, 1e-7),
        callbacks(saw, 3, 2, 1e-7), callbacks(equal, 15, 2, 3e-4),
    ]


def calibration(right, confidence):
    """The curve of fifteen bins of the most probable class, and the expected calibration error by it."""
    accuracies, confidences = calibration_curve(right, confidence, n_bins=15)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence), minlength=15)
    counts = counts[counts > 0]
    return {
        "accuracy": accuracies.tolist(), "confidence": confidences.tolist(), "count": counts.tolist(),
        "error": float((counts * np.abs(accuracies - confidences)).sum() / len(right)),
    }


def metrics_case(truth, predicted, classes, start):
    """Probabilities that peak at `predicted`; what scikit-learn says of them."""
    p = np.abs(hashed(start, len(truth) * classes)).reshape(len(truth), classes) + 0.05
    p[np.arange(len(truth)), predicted] += 1.5
    p /= p.sum(1, keepdims=True)
    labels = list(range(classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = {
            a: precision_recall_fscore_support(truth, predicted, labels=labels, average=a, zero_division=0)
            for a in (None, "macro", "weighted")
        }
        return {
            "truth": truth, "probabilities": [[float(x) for x in row] for row in p], "classes": classes,
            "accuracy": accuracy_score(truth, predicted), "balancedAccuracy": balanced_accuracy_score(truth, predicted),
            "logLoss": log_loss(truth, p, labels=labels), "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
            "perClass": [[float(v) for v in column] for column in zip(*scores[None])],
            "calibration": calibration(np.array(truth) == np.array(predicted), p.max(1)),
            "macro": [float(v) for v in scores["macro"][:3]], "weighted": [float(v) for v in scores["weighted"][:3]],
        }


def metrics_cases():
    rng = np.random.RandomState(7)
    truth = rng.randint(0, 5, 40)
    noisy = np.where(rng.rand(40) < 0.6, truth, rng.randint(0, 5, 40))
    absent_from_truth = np.where(truth == 3, 0, truth)
    absent_from_both = np.where(absent_from_truth == 4, 1, absent_from_truth)
    never_predicted = np.where(noisy == 2, 1, noisy)
    cases = [(truth, noisy), (absent_from_truth, noisy), (truth, never_predicted), (absent_from_both, np.where(noisy > 2, 0, noisy)),
             (truth, truth), (np.zeros(6, int), np.ones(6, int))]
    return [metrics_case(t.tolist(), p.tolist(), 5, 9000 + 500 * i) for i, (t, p) in enumerate(cases)]


def scaler_case():
    x = hashed(7000, 60).reshape(12, 5)
    x[:, 1] *= 1e6
    x[:, 2] = 3.3
    x[:, 3] = 1e9 + x[:, 3]
    x[:, 4] *= 1e-12
    scaler = StandardScaler().fit(x)
    return {"rows": x.ravel().tolist(), "columns": 5, "mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist(),
            "scaled": scaler.transform(x).ravel().tolist()}


def write(name, content):
    (GOLDEN / f"training-{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    write("step-small", small_network())
    write("step-full", full_network())
    write("epochs", epochs())
    write("options", option_cases())
    write("callbacks", callback_cases())
    write("metrics", metrics_cases())
    write("scaler", scaler_case())
