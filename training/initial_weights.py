"""Initial weights: random, with small circuits that training would need millions of positions to find."""
import torch
import torch.nn as nn

NEIGHBOUR_BIAS = 6.0
NEIGHBOURS = (-1, -2, 1)


def initialise(model):
    """Random matrices that preserve the scale of activations, then the circuits."""
    config = model.config
    residual_gain = (2 * config.layers) ** -0.5
    for name, parameter in model.named_parameters():
        if parameter.dim() < 2:
            nn.init.zeros_(parameter) if name.endswith("bias") else nn.init.ones_(parameter)
        elif "embed" in name or "head" in name:
            nn.init.normal_(parameter, 0, 0.05)
        else:
            gain = residual_gain if "o_proj" in name or "down_proj" in name else 1.0
            nn.init.normal_(parameter, 0, gain * parameter.shape[1] ** -0.5)
    with torch.no_grad():
        for i, layer in enumerate(model.layers):
            first_head = look_at_neighbours(layer, config) if i == 0 else 0
            look_alike_and_copy(layer, config, first_head)


def head_rows(layer, config):
    """The rows of q, k, v by head: [heads + 2 kv_heads, head_size, hidden], and their biases."""
    shape = config.heads + 2 * config.kv_heads, config.head_size
    return layer.qkv.weight.view(*shape, -1), layer.qkv.bias.view(*shape)


def look_alike_and_copy(layer, config, first_head):
    """Makes queries similar to keys, so that equal tokens see each other. The output projection inverts the value
    projection, so that a head writes what it has seen. With tied embeddings that predicts the token seen."""
    weights, _ = head_rows(layer, config)
    size, group = config.head_size, config.heads // config.kv_heads
    for head in range(first_head, config.heads):
        key = config.heads + head // group
        value = key + config.kv_heads
        weights[head] = 0.7 * (weights[head] + weights[key])
        output = layer.o_proj.weight[:, head * size:(head + 1) * size]
        output.copy_(0.5 * (output + weights[value].t()))


def look_at_neighbours(layer, config):
    """Sets biases so that one head looks at the token before, one at the token before that, and one at the next. With
    rotary positions the score of two equal biases falls with the distance; rotating one of them moves the peak. The
    three heads share one key head. Returns the first head that is unchanged."""
    weights, biases = head_rows(layer, config)
    half, group = config.head_size // 2, config.heads // config.kv_heads
    angles = config.theta ** -(torch.arange(half) / half)
    weights[config.heads] *= 0.1
    biases[config.heads, :half] = NEIGHBOUR_BIAS
    for head, offset in zip(range(group), NEIGHBOURS):
        weights[head] *= 0.1
        turned = offset * angles
        biases[head, :half], biases[head, half:] = NEIGHBOUR_BIAS * turned.cos(), NEIGHBOUR_BIAS * turned.sin()
    return group
