/*
 * QuantLib's implied volatility (blackFormulaImpliedStdDev) of a list of options, as a user calls it: the prices are
 * those of the list's volatilities, worked out before the clock starts. Usage and files as in black.c, with one column
 * of results, the volatility; NaN where QuantLib throws.
 */
#include <ql/pricingengines/blackformula.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

using Column = std::vector<double>;

/* Of the standard deviation; with the default, 1e-6, it would stop where a price has digits left. */
static const double ACCURACY = 1e-12;

static QuantLib::Option::Type typeOf(double type) {
  return type > 0 ? QuantLib::Option::Call : QuantLib::Option::Put;
}

static void solve(const std::vector<Column> &in, const Column &price, Column &out) {
  const std::size_t rows = in[0].size();
  for (std::size_t i = 0; i < rows; i++) {
    const double years = in[3][i];
    try {
      const double deviation = QuantLib::blackFormulaImpliedStdDev(
          typeOf(in[0][i]), in[2][i], in[1][i], price[i], std::exp(-in[5][i] * years), 0.0,
          QuantLib::Null<QuantLib::Real>(), ACCURACY, 100);
      out[i] = deviation / std::sqrt(years);
    } catch (const std::exception &) {
      out[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }
}

static double now() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  FILE *file = std::fopen(argv[1], "rb");
  double header;
  if (!file || std::fread(&header, 8, 1, file) != 1) return 1;
  const auto rows = static_cast<std::size_t>(header);
  std::vector<Column> in(6, Column(rows));
  for (auto &column : in)
    if (std::fread(column.data(), 8, rows, file) != rows) return 1;
  std::fclose(file);
  Column price(rows), out(rows);
  for (std::size_t i = 0; i < rows; i++)
    price[i] = QuantLib::blackFormula(typeOf(in[0][i]), in[2][i], in[1][i], in[4][i] * std::sqrt(in[3][i]),
                                      std::exp(-in[5][i] * in[3][i]));

  std::vector<double> samples;
  const double warm = now() + 2e7;
  while (now() < warm) solve(in, price, out);
  const double end = now() + std::atof(argv[3]) * 1e6;
  do {
    const double start = now();
    solve(in, price, out);
    samples.push_back((now() - start) / rows);
  } while (now() < end);
  std::sort(samples.begin(), samples.end());

  file = std::fopen(argv[2], "wb");
  if (!file) return 1;
  std::fwrite(out.data(), 8, rows, file);
  std::fclose(file);
  std::printf("%.17g %.17g\n", samples[samples.size() / 2], samples[0]);
  return 0;
}
