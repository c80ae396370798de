// Captured operations, to be run repeatedly.
#pragma once
#include <memory>
#include <vector>

#include "stream.h"

namespace cuda_sim {

typedef std::shared_ptr<const std::vector<Operation>> Operations;

struct Graph {
    Operations operations;
};

struct ExecutableGraph {
    Operations operations;
};

}  // namespace cuda_sim
