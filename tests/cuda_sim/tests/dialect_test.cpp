// Functions of the dialect compute what CUDA's do.
#include <cmath>
#include <cstring>

#include "testing.h"

using namespace testing;

TEST(shuffles_move_values) {
    Kernels kernels("dialect.cu");
    DeviceArray<int> out(std::vector<int>(288, -1));
    DeviceArray<float> out_float(std::vector<float>(64, -1.f));
    CHECK_EQUAL(launch(kernels.function("shuffles"), 1, 32, 0, out.address, out_float.address), 0);
    std::vector<int> values = out.read();
    std::vector<float> floats = out_float.read();
    for (int lane = 0; lane < 32; lane++) {
        auto value = [&](int part) { return values[(std::size_t)(part * 32 + lane)]; };
        CHECK_EQUAL(value(0), lane ^ 5);
        CHECK_EQUAL(value(1), lane < 3 ? lane : lane - 3);
        CHECK_EQUAL(value(2), lane + 3 > 31 ? lane : lane + 3);
        CHECK_EQUAL(value(3), 9);
        CHECK_EQUAL(value(4), lane % 8 < 3 ? lane : lane - 3);
        CHECK_EQUAL(value(5), lane % 8 + 3 > 7 ? lane : lane + 3);
        CHECK_EQUAL(value(6), lane / 8 * 8 + 1);
        CHECK_EQUAL(value(7), lane ^ 4);
        CHECK_EQUAL(value(8), lane ^ 16);
        CHECK(floats[(std::size_t)lane] == (lane == 31 ? 31 : lane + 1) + 0.5f);
        CHECK(floats[(std::size_t)(32 + lane)] == (float)(lane ^ 1) + 0.5f);
    }
}

TEST(votes_count_lanes) {
    Kernels kernels("dialect.cu");
    DeviceArray<unsigned> out(std::vector<unsigned>(6, 99));
    CHECK_EQUAL(launch(kernels.function("votes"), 1, 32, 0, out.address), 0);
    const unsigned expected[] = {0xaaaaaaaau, 1, 0, 1, 0, 0xaaaau};
    std::vector<unsigned> votes = out.read();
    for (std::size_t i = 0; i < 6; i++) CHECK_EQUAL(votes[i], expected[i]);
}

TEST(atomics_see_every_lane) {
    Kernels kernels("dialect.cu");
    DeviceArray<int> signed_values({0, -5, 5});
    DeviceArray<unsigned> unsigned_values({0, 0, 77, 0, 7, 0, 3});
    DeviceArray<float> sum({0.f});
    CHECK_EQUAL(
        launch(kernels.function("atomics"), 1, 32, 0, signed_values.address, unsigned_values.address, sum.address), 0);
    const int signed_expected[] = {496, 31, 0};
    const unsigned unsigned_expected[] = {32, 31, 0, 7, 8, 3, 9};
    for (std::size_t i = 0; i < 3; i++) CHECK_EQUAL(signed_values.read()[i], signed_expected[i]);
    for (std::size_t i = 0; i < 7; i++) CHECK_EQUAL(unsigned_values.read()[i], unsigned_expected[i]);
    CHECK(sum.read()[0] == 16.f);
}

TEST(scalar_functions_agree_with_cuda) {
    Kernels kernels("dialect.cu");
    DeviceArray<int> out(std::vector<int>(11, -1));
    DeviceArray<float> out_float(std::vector<float>(8, -1.f));
    CHECK_EQUAL(launch(kernels.function("scalars"), 1, 1, 0, out.address, out_float.address), 0);
    const int expected[] = {8, 31, 32, 4, 3, -3, -3, 4, 8, (int)0xc0003f80u, 0x3f80};
    const float expected_float[] = {1.f, 10.f, 8.f, 3.f, 0.5f, 0.25f, 3.f, 0.f};
    for (std::size_t i = 0; i < 11; i++) CHECK_EQUAL(out.read()[i], expected[i]);
    for (std::size_t i = 0; i < 8; i++) CHECK(out_float.read()[i] == expected_float[i]);
}

static unsigned short bf16(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return (unsigned short)(bits >> 16);
}

TEST(matrix_products_come_out_right) {
    Kernels kernels("dialect.cu");
    const int rows = 16, columns = 8, inner = 16;
    std::vector<unsigned short> a, b, b_trans(inner * columns);
    auto left = [](int i, int k) { return (float)((i * 5 + k * 3) % 7 - 3); };
    auto right = [](int j, int k) { return (float)((j * 2 + k * 11) % 5 - 2) / 2; };
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < inner; k++) a.push_back(bf16(left(i, k)));
    for (int j = 0; j < columns; j++)
        for (int k = 0; k < inner; k++) {
            b.push_back(bf16(right(j, k)));
            b_trans[(std::size_t)(k * columns + j)] = bf16(right(j, k));
        }
    DeviceArray<unsigned short> da(a), db(b), dt(b_trans);
    DeviceArray<float> out(std::vector<float>(256, NAN));
    CHECK_EQUAL(
        launch(kernels.function("product"), 1, 32, 512, out.address, da.address, db.address, dt.address), 0);
    std::vector<float> d = out.read();
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            float expected = 0;
            for (int k = 0; k < inner; k++) expected += left(i, k) * right(j, k);
            CHECK(d[(std::size_t)(i * columns + j)] == expected);
            CHECK(d[(std::size_t)(128 + i * columns + j)] == expected + 1);
        }
}
